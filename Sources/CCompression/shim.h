// One door to the five decompression libraries that Debian ships; linked statically (see Package.swift).
#pragma once
#define LZMA_API_STATIC
#include <bzlib.h>
#include <lz4frame.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

// The libraries' initialisers are macros, which Swift does not import.
static inline int cordon_inflate_init(z_stream *stream, int window_bits) {
    return inflateInit2(stream, window_bits);
}

static inline lzma_stream cordon_lzma_stream(void) {
    lzma_stream stream = LZMA_STREAM_INIT;
    return stream;
}

// Constants that the headers define as casts, which Swift does not import either.
static const uint32_t cordon_lzma_concatenated = LZMA_CONCATENATED;
static const lzma_vli cordon_lzma_filter_lzma1 = LZMA_FILTER_LZMA1;
static const lzma_vli cordon_lzma_filter_end = LZMA_VLI_UNKNOWN;
static const lzma_vli cordon_lzma_filter_lzma1_sized = LZMA_FILTER_LZMA1EXT;
static const lzma_vli cordon_lzma_filter_lzma2 = LZMA_FILTER_LZMA2;
static const lzma_vli cordon_lzma_filter_delta = LZMA_FILTER_DELTA;
static const lzma_vli cordon_lzma_filter_x86 = LZMA_FILTER_X86;
static const lzma_vli cordon_lzma_filter_powerpc = LZMA_FILTER_POWERPC;
static const lzma_vli cordon_lzma_filter_ia64 = LZMA_FILTER_IA64;
static const lzma_vli cordon_lzma_filter_arm = LZMA_FILTER_ARM;
static const lzma_vli cordon_lzma_filter_armthumb = LZMA_FILTER_ARMTHUMB;
static const lzma_vli cordon_lzma_filter_sparc = LZMA_FILTER_SPARC;
static const lzma_vli cordon_lzma_filter_arm64 = LZMA_FILTER_ARM64;
