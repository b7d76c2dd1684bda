#ifndef CORDON_ARROW_H
#define CORDON_ARROW_H

#include "ArrowABI.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The table of functions; NULL when the caller was built for another version of it.
__attribute__((visibility("default"))) const cordon_arrow *cordon_arrow_open(int32_t version);

#ifdef __cplusplus
}
#endif
#endif
