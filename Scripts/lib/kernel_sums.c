// Runs every kernel of one set over shapes with all remainders and prints a sum of each result, so that two sets, on two
// processors, can be compared line by line. Intermediate forms, which differ from set to set, go into no sum.

#include "CTrainingKernels.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state;

static uint64_t next(void) {
  uint64_t x = state += 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

static int64_t in(int64_t low, int64_t high) { return low + (int64_t)(next() % (uint64_t)(high - low + 1)); }

static uint64_t fold(uint64_t sum, const void *bytes, size_t count) {
  const uint8_t *b = bytes;
  for (size_t i = 0; i < count; i++) { sum = (sum ^ b[i]) * 0x100000001B3u; }
  return sum;
}

static size_t padded(size_t lanes) { return (lanes + TK_BLOCK - 1) / TK_BLOCK * TK_BLOCK; }

static void *room(size_t bytes) {
  void *p = calloc(1, bytes + 4096);
  if (!p) { abort(); }
  return p;
}

static int8_t *bytes(size_t count, int lowest) {
  int8_t *p = room(count);
  int kind = (int)in(0, 3);
  int8_t same = (int8_t)(in(0, 1) ? lowest : 127);
  for (size_t i = 0; i < count; i++) {
    p[i] = kind == 0 ? same : kind == 1 ? (int8_t)(in(0, 1) ? lowest : 127) : (int8_t)in(lowest, 127);
  }
  return p;
}

static int32_t *words(size_t count, int64_t low, int64_t high) {
  int32_t *p = room(4 * padded(count));
  for (size_t i = 0; i < count; i++) { p[i] = (int32_t)in(low, high); }
  return p;
}

static bool isNarrow(const int32_t *m, const uint8_t *s, size_t count) {
  bool narrow = true;
  for (size_t i = 0; i < count; i++) { narrow &= s[i] > 32 || m[i] == 0; }
  return narrow;
}

static uint8_t *shifts(size_t count) {
  uint8_t *p = room(padded(count));
  int kind = (int)in(0, 2);
  memset(p, 33, padded(count));
  for (size_t i = 0; i < count; i++) { p[i] = (uint8_t)(kind == 0 ? in(33, 42) : kind == 1 ? in(33, 62) : in(1, 62)); }
  return p;
}

typedef struct {
  TKRequantization q;
  size_t elements;
} Requantized;

static Requantized requantization(size_t rows, size_t channels) {
  Requantized r = {.elements = rows * channels};
  r.q.mantissas = words(channels, 1 << 30, INT32_MAX);
  r.q.shifts = shifts(channels);
  r.q.isNarrow = isNarrow(r.q.mantissas, r.q.shifts, channels);
  r.q.zero = (int32_t)in(-128, 127);
  r.q.low = (int32_t)in(-128, 0);
  r.q.high = (int32_t)in(1, 127);
  r.q.output = room(r.elements);
  r.q.clamped = room((r.elements + 7) / 8);
  return r;
}

static uint64_t finish(Requantized r, uint64_t sum) {
  sum = fold(sum, r.q.output, r.elements);
  sum = fold(sum, r.q.clamped, (r.elements + 7) / 8);
  free((void *)r.q.mantissas);
  free((void *)r.q.shifts);
  free(r.q.output);
  free(r.q.clamped);
  return sum;
}

/// Forward and backward products of one layer, over `rows` rows of `columns` bytes.
static uint64_t products(const TKKernels *k, size_t rows, size_t columns, size_t outputs, size_t stride) {
  uint64_t sum = 1;
  uint8_t flip = k->offset ? 0x80 : 0;
  size_t lanes = padded(outputs), groups = (columns + 3) / 4;
  size_t count = rows * stride + columns;
  int8_t *x = bytes(count, -128), *w = bytes(outputs * columns, -127);
  uint8_t *offset = room(count + TK_SLACK);
  int8_t *packed = room(lanes * groups * 4);
  int32_t *sums = room(4 * lanes), *start = room(4 * lanes), *bias = words(outputs, -1000000, 1000000);
  int32_t zero = (int32_t)in(-128, 127);
  k->copy(x, count, flip, offset);
  k->packRows(w, outputs, columns, packed, sums);
  sum = fold(sum, sums, 4 * outputs);
  k->corrected(bias, sums, zero + k->offset, lanes, start);
  TKProduct p = {offset, stride, rows, packed, 64 * groups, 64, groups, start, outputs};
  int32_t *result = room(4 * rows * lanes);
  k->product(&p, result, lanes);
  for (size_t r = 0; r < rows; r++) { sum = fold(sum, result + r * lanes, 4 * outputs); }
  Requantized q = requantization(rows, outputs);
  k->requantizedProduct(&p, &q.q);
  sum = finish(q, sum);
  free(x), free(w), free(offset), free(packed), free(sums), free(start), free(bias), free(result);
  return sum;
}

static uint64_t backward(const TKKernels *k, size_t rows, size_t outputs, size_t kernel, size_t channels, size_t stride) {
  uint64_t sum = 2;
  uint8_t flip = k->offset ? 0x80 : 0;
  size_t lanes = padded(channels);
  int8_t *e = bytes((rows + kernel) * outputs, -127), *w = bytes(outputs * kernel * channels, -127);
  uint8_t *offset = room((rows + kernel) * outputs + TK_SLACK);
  k->copy(e, (rows + kernel) * outputs, flip, offset);
  for (size_t residue = 0; residue < stride && residue < kernel; residue++) {
    size_t taps = (kernel - residue + stride - 1) / stride, groups = (taps * outputs + 3) / 4;
    int8_t *packed = room(4 * groups * lanes);
    int32_t *sums = room(4 * lanes), *start = room(4 * lanes), *result = room(4 * rows * lanes);
    k->packTaps(w, outputs, kernel, channels, residue + stride * (taps - 1), stride, taps, packed);
    k->sumGroups(packed, groups, lanes, sums);
    k->corrected(NULL, sums, k->offset, lanes, start);
    TKProduct p = {offset, outputs, rows, packed, 64, 4 * lanes, groups, start, channels};
    k->product(&p, result, lanes);
    for (size_t r = 0; r < rows; r++) { sum = fold(sum, result + r * lanes, 4 * channels); }
    free(packed), free(sums), free(start), free(result);
  }
  free(e), free(w), free(offset);
  return sum;
}

static uint64_t update(const TKKernels *k, size_t frames, size_t columns, size_t outputs, size_t stride) {
  uint64_t sum = 3;
  size_t groups = (frames + 3) / 4, lanes = padded(outputs);
  int8_t *x = bytes(frames * stride + columns, -128), *e = bytes(frames * outputs, -127);
  uint8_t *patches = room(groups * 4 * padded(columns) + 256);
  int8_t *errors = room(groups * 4 * lanes);
  int32_t *sums = room(4 * lanes), *start = room(4 * lanes), *m = room(4 * lanes), *s = room(4 * lanes);
  k->interleave(x, stride, frames, columns, k->offset ? 0x80 : 0, patches);
  k->interleave(e, outputs, frames, outputs, 0, (uint8_t *)errors);
  k->sumGroups(errors, groups, lanes, sums);
  sum = fold(sum, sums, 4 * outputs);
  k->corrected(NULL, sums, (int32_t)in(-128, 127) + k->offset, lanes, start);
  int32_t *constants = words(outputs, 1 << 30, INT32_MAX);
  int8_t *exponents = room(lanes);
  for (size_t i = 0; i < outputs; i++) { exponents[i] = (int8_t)in(-40, 40); }
  static const int rates[] = {-110, -90, -80, -74, -60, -30};
  k->stepFactors(constants, exponents, lanes, (int32_t)in(1 << 30, INT32_MAX), rates[in(0, 5)], m, s);
  sum = fold(fold(sum, m, 4 * outputs), s, 4 * outputs);
  int32_t *places = words(columns, 0, 1000), *indices = words(outputs, 0, 1 << 20), *bias = words(outputs, -9999, 9999);
  int8_t *w = bytes(outputs * columns, -127);
  TKRandom random = {(uint32_t)next(), (uint32_t)next()};
  TKWeightUpdate u = {patches,
                      errors,
                      groups,
                      outputs,
                      columns,
                      start,
                      {m, s},
                      (const uint32_t *)indices,
                      places,
                      in(0, 2) != 0,
                      random,
                      w};
  k->updateWeights(&u);
  sum = fold(sum, w, outputs * columns);
  TKBiasUpdate b = {sums, outputs, {m, s}, 77, indices, in(0, 2) != 0, random, (int32_t)in(100, 100000), bias};
  k->updateBias(&b);
  sum = fold(sum, bias, 4 * outputs);
  int32_t *taps = words(3 * lanes, -100000, 100000);
  int8_t *tapWeights = bytes(3 * outputs, -127);
  const uint32_t firsts[3] = {99, 1 << 20, 0xFFFFFF00u};
  TKDepthwiseUpdate d = {taps, 3, outputs, {m, s}, firsts, indices, in(0, 2) != 0, random, tapWeights};
  k->updateDepthwiseWeights(&d);
  sum = fold(sum, tapWeights, 3 * outputs);
  free(taps), free(tapWeights);
  free(x), free(e), free(patches), free(errors), free(sums), free(start), free(m), free(s), free(constants);
  free(exponents), free(places), free(indices), free(bias), free(w);
  return sum;
}

static uint64_t depthwise(const TKKernels *k, size_t frames, size_t channels, size_t kernel, size_t stride) {
  uint64_t sum = 4;
  size_t lanes = padded(channels), pairs = (kernel + 1) / 2, padding = kernel / 2;
  size_t all = frames + 2 * padding;
  if (all < kernel) { return sum; }
  size_t rows = (all - kernel) / stride + 1;
  int8_t *x = bytes(frames * channels, -128), *w = bytes(kernel * channels, -127), *e = bytes(rows * channels, -127);
  int32_t *paired = room(4 * (all + stride) * lanes), *taps = room(4 * pairs * lanes);
  int32_t *bias = words(channels, -1000000, 1000000), *result = room(4 * (rows + kernel) * lanes);
  int32_t zero = (int32_t)in(-128, 127);
  k->pairFrames(x, channels, frames, channels, zero, padding, padding, 1, paired);
  k->pairTaps(w, channels, kernel, 0, 1, taps);
  TKDepthwise p = {paired, all, stride, rows, pairs, taps, bias, channels};
  Requantized q = requantization(rows, channels);
  k->depthwise(&p, &q.q);
  sum = finish(q, sum);
  p.start = NULL;
  k->depthwiseSums(&p, result, lanes);
  for (size_t r = 0; r < rows; r++) { sum = fold(sum, result + r * lanes, 4 * channels); }
  int32_t *errors = room(4 * rows * lanes);
  k->pairFrames(e, channels, rows, channels, 0, 0, 0, 1, errors);
  k->pairFrames(x, channels, frames, channels, zero, padding, padding + stride, stride, paired);
  k->depthwiseTaps(errors, paired, all + stride, rows, stride, kernel, lanes, result);
  for (size_t r = 0; r < kernel; r++) { sum = fold(sum, result + r * lanes, 4 * channels); }
  free(x), free(w), free(e), free(paired), free(taps), free(bias), free(result), free(errors);
  return sum;
}

static uint64_t gradients(const TKKernels *k, size_t frames, size_t channels) {
  uint64_t sum = 5;
  size_t lanes = padded(channels), elements = frames * channels;
  int64_t limit = in(0, 1) ? 5000 : 1 << 27;
  int32_t *g = room(4 * frames * lanes), *largest = room(4 * lanes), *m = room(4 * lanes);
  uint8_t *s = room(lanes), *mask = room(elements / 8 + 1), *other = room(elements / 8 + 1);
  memset(s, 33, lanes);
  for (size_t t = 0; t < frames; t++) {
    for (size_t c = 0; c < channels; c++) { g[t * lanes + c] = (int32_t)in(-limit, limit); }
  }
  for (size_t i = 0; i <= elements / 8; i++) { mask[i] = (uint8_t)next(), other[i] = (uint8_t)(next() & next()); }
  int8_t *addend = bytes(elements, -127);
  k->align(g, frames, lanes, (TKAlignment){(int32_t)in(1 << 30, INT32_MAX), (int32_t)in(33, 64)});
  k->addAligned(g, addend, frames, channels, (TKAlignment){(int32_t)in(1 << 30, INT32_MAX), (int32_t)in(20, 33)});
  for (size_t t = 0; t < frames; t++) { sum = fold(sum, g + t * lanes, 4 * channels); }
  const uint8_t *first = in(0, 2) ? mask : NULL, *second = in(0, 1) ? other : NULL;
  k->largest(g, frames, channels, first, second, largest);
  sum = fold(sum, largest, 4 * channels);
  int32_t *factors = in(0, 1) ? words(channels, 0, INT32_MAX) : NULL;
  int64_t top = k->largestProduct(largest, factors, channels);
  sum = fold(sum, &top, sizeof top);
  int8_t *errors = room(elements);
  int kind = (int)in(0, 2);
  TKQuantization q = {g, frames, channels, first, second, m, s, false, true, kind == 2, (int32_t)in(1, 127),
                      {(uint32_t)next(), (uint32_t)next()}, errors};
  q.isNarrow = k->errorFactors(
      factors, channels, (int32_t)in(1 << 30, INT32_MAX), (int32_t)in(-40, 10), q.limit, m, s);
  sum = fold(fold(sum, m, 4 * channels), s, channels);
  size_t saturated = k->quantize(&q);
  sum = fold(fold(sum, &saturated, sizeof saturated), errors, elements);
  free(g), free(largest), free(m), free(s), free(mask), free(other), free(addend), free(factors), free(errors);
  return sum;
}

static uint64_t elementwise(const TKKernels *k, size_t count, size_t frames) {
  uint64_t sum = 6;
  int8_t *a = bytes(count * frames, -128), *b = bytes(count * frames, -128), *y = room(count * frames);
  uint8_t *mask = room(count * frames / 8 + 1);
  TKResidualAdd add = {a, b, count * frames, (int32_t)in(-128, 127), (int32_t)in(-128, 127), (int32_t)in(0, 1 << 30),
                       (int32_t)in(0, 1 << 30), (int32_t)in(28, 34), (int32_t)in(-128, 127), -100, 110, y, mask};
  k->residualAdd(&add);
  sum = fold(fold(sum, y, count * frames), mask, (count * frames + 7) / 8);
  int32_t *sums = room(4 * padded(count));
  k->channelSums(a, frames, count, sums);
  sum = fold(sum, sums, 4 * count);
  free(a), free(b), free(y), free(mask), free(sums);
  return sum;
}

int main(int argc, char **argv) {
  const char *name = argc > 1 ? argv[1] : "";
  const TKKernels *k = NULL;
  if (strcmp(name, "avx512vnni") == 0 && tkHasAVX512VNNI()) { k = tkAVX512VNNI(); }
  if (strcmp(name, "avx2") == 0 && tkHasAVX2()) { k = tkAVX2(); }
  if (strcmp(name, "neon") == 0 && tkHasNEONDotProduct()) { k = tkNEON(); }
  if (!k) {
    fprintf(stderr, "this processor does not have the kernels '%s'\n", name);
    return 2;
  }
  for (size_t a = 1; a <= 40; a++) {
    for (size_t b = 1; b <= 40; b++) {
      state = a * 1000 + b;
      size_t rows = (size_t)in(1, 20), kernel = (size_t)in(1, 7), stride = (size_t)in(1, 3);
      printf("products %zu %zu %016llx\n", a, b, (unsigned long long)products(k, rows, a * kernel, b, stride * a));
      printf("backward %zu %zu %016llx\n", a, b, (unsigned long long)backward(k, rows, a, kernel, b, stride));
      printf("update %zu %zu %016llx\n", a, b, (unsigned long long)update(k, rows, a * kernel, b, stride * a));
      printf("depthwise %zu %zu %016llx\n", a, b, (unsigned long long)depthwise(k, rows, a, kernel, stride));
      printf("gradients %zu %zu %016llx\n", a, b, (unsigned long long)gradients(k, rows, a));
      printf("elementwise %zu %zu %016llx\n", a, b, (unsigned long long)elementwise(k, a, b));
    }
  }
  return 0;
}
