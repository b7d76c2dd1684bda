#ifndef CORDON_IMAGES_H
#define CORDON_IMAGES_H

/// PNG, JPEG and WebP behind one function each way. Source: libpng, libjpeg-turbo and libwebp; nothing crosses but memory.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The formats.
enum cordon_image_format {
    CORDON_IMAGE_UNKNOWN = 0,
    CORDON_IMAGE_PNG = 1,
    CORDON_IMAGE_JPEG = 2,
    CORDON_IMAGE_WEBP = 3,
};

/// Pixels, row by row, 8 bits per channel. `pixels` is the caller's to `free`.
typedef struct {
    int32_t format;
    int32_t width;
    int32_t height;
    /// 1 grey, 3 red-green-blue, 4 with opacity.
    int32_t channels;
    uint8_t *pixels;
} cordon_image;

/// The format that bytes begin like.
enum cordon_image_format cordon_image_sniff(const uint8_t *bytes, size_t count);

/// Reads width, height and channels; `pixels` stays NULL. False with a reason of one line.
bool cordon_image_header(const uint8_t *bytes, size_t count, cordon_image *image, char *reason, size_t capacity);

/// Decodes a whole image of at most `limit` pixels.
bool cordon_image_decode(const uint8_t *bytes, size_t count, size_t limit, cordon_image *image, char *reason,
                         size_t capacity);

/// Encodes as PNG; the result is the caller's to `free`, NULL when there is no memory.
uint8_t *cordon_image_encode(const cordon_image *image, size_t *count);

/// Encodes as JPEG of a quality from 1 to 100, grey or red-green-blue; the result is the caller's to `free`, NULL on failure.
uint8_t *cordon_image_encode_jpeg(const cordon_image *image, int quality, size_t *count);

#endif
