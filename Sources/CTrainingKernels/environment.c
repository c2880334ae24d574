#include "CTrainingKernels.h"
#include <stdlib.h>

const char *tkForcedVariant(void) { return getenv("MARTLET_SIMD"); }
