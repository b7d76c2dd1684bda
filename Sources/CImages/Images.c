#include "Images.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>
#include <turbojpeg.h>
#include <webp/decode.h>

static void describe(char *reason, size_t capacity, const char *text) {
    if (capacity > 0) snprintf(reason, capacity, "%s", text);
}

enum cordon_image_format cordon_image_sniff(const uint8_t *bytes, size_t count) {
    static const uint8_t png[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
    if (count >= 8 && memcmp(bytes, png, 8) == 0) return CORDON_IMAGE_PNG;
    if (count >= 3 && bytes[0] == 0xFF && bytes[1] == 0xD8 && bytes[2] == 0xFF) return CORDON_IMAGE_JPEG;
    if (count >= 12 && memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "WEBP", 4) == 0) return CORDON_IMAGE_WEBP;
    return CORDON_IMAGE_UNKNOWN;
}

// MARK: PNG

struct png_source {
    const uint8_t *bytes;
    size_t count;
    size_t position;
    char *reason;
    size_t capacity;
};

static void png_take(png_structp png, png_bytep target, size_t count) {
    struct png_source *source = png_get_io_ptr(png);
    if (count > source->count - source->position) png_error(png, "it ends early");
    memcpy(target, source->bytes + source->position, count);
    source->position += count;
}

static void png_refuse(png_structp png, png_const_charp text) {
    struct png_source *source = png_get_error_ptr(png);
    describe(source->reason, source->capacity, text);
    png_longjmp(png, 1);
}

static void png_ignore(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static bool png_read(const uint8_t *bytes, size_t count, size_t limit, bool isHeader, cordon_image *image, char *reason,
                     size_t capacity) {
    struct png_source source = {bytes, count, 0, reason, capacity};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &source, png_refuse, png_ignore);
    png_infop info = png == NULL ? NULL : png_create_info_struct(png);
    // Set before and read after the jump.
    uint8_t *volatile pixels = NULL;
    png_bytep *volatile rows = NULL;
    if (info == NULL || setjmp(png_jmpbuf(png))) {
        if (info == NULL) describe(reason, capacity, "out of memory");
        png_destroy_read_struct(&png, &info, NULL);
        free((void *)rows);
        free(pixels);
        return false;
    }
    png_set_read_fn(png, &source, png_take);
    png_set_user_limits(png, 1 << 20, 1 << 20);
    png_set_chunk_cache_max(png, 128);
    png_set_chunk_malloc_max(png, 8 << 20);
    // Checksums of pixels are not looked at: a damaged stream shows by itself.
    png_set_crc_action(png, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE);
    png_read_info(png, info);
    png_uint_32 width = png_get_image_width(png, info), height = png_get_image_height(png, info);
    png_set_expand(png);
    png_set_strip_16(png);
    int colour = png_get_color_type(png, info);
    if (colour == PNG_COLOR_TYPE_GRAY_ALPHA) png_set_gray_to_rgb(png);
    if (colour == PNG_COLOR_TYPE_GRAY && png_get_valid(png, info, PNG_INFO_tRNS)) png_set_gray_to_rgb(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    image->format = CORDON_IMAGE_PNG;
    image->width = (int32_t)width;
    image->height = (int32_t)height;
    image->channels = png_get_channels(png, info);
    image->pixels = NULL;
    if (!isHeader) {
        if ((size_t)width * height > limit) png_error(png, "it has more pixels than are decoded");
        size_t stride = png_get_rowbytes(png, info);
        pixels = malloc(stride * height + 1);
        rows = malloc(sizeof(png_bytep) * height + 1);
        if (pixels == NULL || rows == NULL) png_error(png, "out of memory");
        for (png_uint_32 row = 0; row < height; row++) rows[row] = pixels + stride * row;
        png_read_image(png, rows);
        image->pixels = pixels;
    }
    free((void *)rows);
    png_destroy_read_struct(&png, &info, NULL);
    return true;
}

struct png_sink {
    uint8_t *bytes;
    size_t count;
    size_t capacity;
};

static void png_give(png_structp png, png_bytep bytes, size_t count) {
    struct png_sink *sink = png_get_io_ptr(png);
    if (sink->count + count > sink->capacity) {
        size_t capacity = (sink->count + count) * 2;
        uint8_t *grown = realloc(sink->bytes, capacity);
        if (grown == NULL) png_error(png, "out of memory");
        sink->bytes = grown;
        sink->capacity = capacity;
    }
    memcpy(sink->bytes + sink->count, bytes, count);
    sink->count += count;
}

static void png_settle(png_structp png) { (void)png; }

uint8_t *cordon_image_encode(const cordon_image *image, size_t *count) {
    static const int colours[] = {0, PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGBA};
    if (image->channels < 1 || image->channels > 4) return NULL;
    struct png_sink sink = {NULL, 0, 0};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, png_ignore);
    png_infop info = png == NULL ? NULL : png_create_info_struct(png);
    if (info == NULL || setjmp(png_jmpbuf(png))) {
        png_destroy_write_struct(&png, &info);
        free(sink.bytes);
        return NULL;
    }
    png_set_write_fn(png, &sink, png_give, png_settle);
    png_set_IHDR(png, info, (png_uint_32)image->width, (png_uint_32)image->height, 8, colours[image->channels],
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (int32_t row = 0; row < image->height; row++) {
        png_write_row(png, image->pixels + (size_t)row * (size_t)image->width * (size_t)image->channels);
    }
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    *count = sink.count;
    return sink.bytes;
}

// MARK: JPEG

static bool jpeg_read(const uint8_t *bytes, size_t count, size_t limit, bool isHeader, cordon_image *image, char *reason,
                      size_t capacity) {
    tjhandle handle = tjInitDecompress();
    if (handle == NULL) {
        describe(reason, capacity, "out of memory");
        return false;
    }
    int width = 0, height = 0, sampling = 0, colour = 0;
    bool isDone = tjDecompressHeader3(handle, bytes, count, &width, &height, &sampling, &colour) == 0;
    if (isDone) {
        bool isFour = colour == TJCS_CMYK || colour == TJCS_YCCK;
        image->format = CORDON_IMAGE_JPEG;
        image->width = width;
        image->height = height;
        image->channels = colour == TJCS_GRAY ? 1 : 3;
        image->pixels = NULL;
        if (!isHeader) {
            size_t area = (size_t)width * (size_t)height;
            uint8_t *pixels = area > limit ? NULL : malloc(area * (isFour ? 4 : (size_t)image->channels) + 1);
            if (pixels == NULL) {
                describe(reason, capacity, area > limit ? "it has more pixels than are decoded" : "out of memory");
                tjDestroy(handle);
                return false;
            }
            int layout = isFour ? TJPF_CMYK : image->channels == 1 ? TJPF_GRAY : TJPF_RGB;
            // Hundreds of passes over one image are an attack on time.
            isDone = tjDecompress2(handle, bytes, count, pixels, width, 0, height, layout, TJFLAG_LIMITSCANS | TJFLAG_STOPONWARNING) == 0;
            if (isDone && isFour) {
                // Inks are stored inverted, as Adobe's programs write them.
                for (size_t index = 0; index < area; index++) {
                    unsigned black = pixels[4 * index + 3];
                    for (int channel = 0; channel < 3; channel++) {
                        pixels[3 * index + (size_t)channel] = (uint8_t)(pixels[4 * index + (size_t)channel] * black / 255);
                    }
                }
            }
            if (isDone) {
                image->pixels = pixels;
            } else {
                free(pixels);
            }
        }
    }
    if (!isDone) describe(reason, capacity, tjGetErrorStr2(handle));
    tjDestroy(handle);
    return isDone;
}

uint8_t *cordon_image_encode_jpeg(const cordon_image *image, int quality, size_t *count) {
    if (image->channels != 1 && image->channels != 3) return NULL;
    tjhandle handle = tjInitCompress();
    if (handle == NULL) return NULL;
    unsigned char *made = NULL;
    unsigned long size = 0;
    int layout = image->channels == 1 ? TJPF_GRAY : TJPF_RGB, sampling = image->channels == 1 ? TJSAMP_GRAY : TJSAMP_420;
    bool isDone = tjCompress2(handle, image->pixels, image->width, 0, image->height, layout, &made, &size, sampling, quality, 0) == 0;
    // The library's memory is not malloc's by contract.
    uint8_t *copy = isDone ? malloc(size + 1) : NULL;
    if (copy != NULL) {
        memcpy(copy, made, size);
        *count = size;
    }
    tjFree(made);
    tjDestroy(handle);
    return copy;
}

// MARK: WebP

static bool webp_read(const uint8_t *bytes, size_t count, size_t limit, bool isHeader, cordon_image *image, char *reason,
                      size_t capacity) {
    WebPBitstreamFeatures features;
    if (WebPGetFeatures(bytes, count, &features) != VP8_STATUS_OK) {
        describe(reason, capacity, "no WebP header");
        return false;
    }
    if (features.has_animation) {
        describe(reason, capacity, "an animation");
        return false;
    }
    image->format = CORDON_IMAGE_WEBP;
    image->width = features.width;
    image->height = features.height;
    image->channels = features.has_alpha ? 4 : 3;
    image->pixels = NULL;
    if (isHeader) return true;
    size_t area = (size_t)features.width * (size_t)features.height;
    if (area > limit) {
        describe(reason, capacity, "it has more pixels than are decoded");
        return false;
    }
    size_t stride = (size_t)features.width * (size_t)image->channels, size = stride * (size_t)features.height;
    uint8_t *pixels = malloc(size + 1);
    if (pixels == NULL) {
        describe(reason, capacity, "out of memory");
        return false;
    }
    uint8_t *done = image->channels == 4 ? WebPDecodeRGBAInto(bytes, count, pixels, size, (int)stride)
                                         : WebPDecodeRGBInto(bytes, count, pixels, size, (int)stride);
    if (done == NULL) {
        describe(reason, capacity, "damaged WebP data");
        free(pixels);
        return false;
    }
    image->pixels = pixels;
    return true;
}

static bool image_read(const uint8_t *bytes, size_t count, size_t limit, bool isHeader, cordon_image *image,
                       char *reason, size_t capacity) {
    switch (cordon_image_sniff(bytes, count)) {
    case CORDON_IMAGE_PNG: return png_read(bytes, count, limit, isHeader, image, reason, capacity);
    case CORDON_IMAGE_JPEG: return jpeg_read(bytes, count, limit, isHeader, image, reason, capacity);
    case CORDON_IMAGE_WEBP: return webp_read(bytes, count, limit, isHeader, image, reason, capacity);
    default: describe(reason, capacity, "neither PNG nor JPEG nor WebP"); return false;
    }
}

bool cordon_image_header(const uint8_t *bytes, size_t count, cordon_image *image, char *reason, size_t capacity) {
    return image_read(bytes, count, 0, true, image, reason, capacity);
}

bool cordon_image_decode(const uint8_t *bytes, size_t count, size_t limit, cordon_image *image, char *reason,
                         size_t capacity) {
    return image_read(bytes, count, limit, false, image, reason, capacity);
}
