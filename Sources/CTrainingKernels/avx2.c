#include "vectors.h"

const TKKernels *tkAVX2(void) { return NULL; }
bool tkHasAVX2(void) { return false; }
