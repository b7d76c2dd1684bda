"""Generators of the harmless detection corpus (standard library only)."""
