"""Writers of the tuning half: each module saves real objects with their own libraries."""
