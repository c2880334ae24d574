#include "vectors.h"

const TKKernels *tkNEON(void) { return NULL; }
bool tkHasNEONDotProduct(void) { return false; }
