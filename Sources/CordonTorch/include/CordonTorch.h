#ifndef CORDON_TORCH_H
#define CORDON_TORCH_H

#include "TorchABI.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The table of functions; NULL when the caller was built for another version of it.
__attribute__((visibility("default"))) const cordon_torch *cordon_torch_open(int32_t version);

#ifdef __cplusplus
}
#endif
#endif
