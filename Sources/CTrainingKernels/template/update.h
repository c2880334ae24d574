// Weight gradients and their update in one.
//
// A weight changes by ⌊(r − step) / 2^24⌋, with r 24 random bits, or half a unit to round to nearest: whole weights are
// multiples of the unit, so they need not pass through the shift. Steps of 64 units and more leave 32 bits; a row in
// which one appears is done one weight after the other.

TK_INLINE int64_t tkStepLimit(TKStepFactor factor) {
  // The largest gradient whose step surely stays below 2^30.
  if (factor.mantissa == 0 || factor.shift > 62) { return INT32_MAX; }
  if (factor.shift < 1) { return -1; }
  int64_t limit = factor.shift > 31 ? INT32_MAX : (((int64_t)1 << (30 + factor.shift)) / factor.mantissa) - 1;
  return limit > INT32_MAX ? INT32_MAX : limit;
}

static __attribute__((noinline)) void tkUpdateSlowly(
    const int32_t *gradient, size_t count, const TKStepFactor *factors, size_t factorStride, uint32_t firstIndex,
    const int32_t *places, bool isStochastic, TKRandom random, int8_t *weights) {
  for (size_t i = 0; i < count; i++) {
    int64_t step = tkStep(gradient[i], factors[i * factorStride]);
    uint32_t place = places ? (uint32_t)places[i] : (uint32_t)i;
    int64_t up = isStochastic ? (int64_t)(tkWord(random, firstIndex + place) >> 8) : 1 << 23;
    int64_t value = (((int64_t)weights[i] * (1 << 24)) - step + up) >> 24;
    weights[i] = (int8_t)(value < -127 ? -127 : value > 127 ? 127 : value);
  }
}

typedef struct {
  i64x8 mantissa, half, shift;
  i32x16 limit;
} TKStepVector;

TK_INLINE void tkUpdateBlock(
    i32x16 gradient, const TKStepVector *v, TKStepFactor factor, const TKWeightUpdate *u, size_t row, size_t column,
    size_t lanes, const bool isStochastic) {
  int8_t *weights = u->weights + row * u->columns + column;
  i32x16 magnitude = tkMax(gradient, (i32x16)(0u - (u32x16)gradient));
  if (__builtin_expect(tkAnyGreater(magnitude, v->limit), 0)) {
    int32_t values[TK_BLOCK];
    tkStore(values, gradient);
    tkUpdateSlowly(
        values, lanes, &factor, 0, u->firstIndices[row] + (u->places ? 0 : (uint32_t)column),
        u->places ? u->places + column : NULL, u->isStochastic, u->random, weights);
    return;
  }
  i64x8 even = (tkProductEven(gradient, v->mantissa) + v->half) >> v->shift;
  i64x8 odd = (tkProductOdd(gradient, v->mantissa) + v->half) >> v->shift;
  i32x16 step = tkMergeLow(even, odd);
  i32x16 up;
  if (isStochastic) {
    u32x16 place = u->places ? (u32x16)tkLoad(u->places + column) : (u32x16)tkIota() + (uint32_t)column;
    up = (i32x16)(tkWords(u->random, place + u->firstIndices[row]) >> 8);
  } else {
    up = tkAll(1 << 23);
  }
  i32x16 value = tkLoadBytes(weights, lanes) + ((up - step) >> 24);
  tkStoreBytes(weights, tkClamp(value, tkAll(-127), tkAll(127)), lanes);
}

TK_INLINE void tkUpdateRows(
    TKTile sums, const TKWeightUpdate *u, size_t row, size_t block, const size_t rows, const size_t blocks) {
  TK_UNROLL for (size_t r = 0; r < rows; r++) {
    TKStepFactor factor = u->factors[row + r];
    int32_t shift = factor.shift < 1 ? 1 : factor.shift > 62 ? 62 : factor.shift;
    TKStepVector v = {
        (i64x8){} + (int64_t)(factor.shift > 62 ? 0 : factor.mantissa), (i64x8){} + ((int64_t)1 << (shift - 1)),
        (i64x8){} + (int64_t)shift, tkAll((int32_t)tkStepLimit(factor))};
    TK_UNROLL for (size_t b = 0; b < blocks; b++) {
      size_t column = TK_BLOCK * (block + b);
      size_t lanes = tkMinimum(TK_BLOCK, u->columns - column);
      if (lanes == TK_BLOCK && u->isStochastic) {
        tkUpdateBlock(sums[r][b], &v, factor, u, row + r, column, TK_BLOCK, true);
      } else if (u->isStochastic) {
        tkUpdateBlock(sums[r][b], &v, factor, u, row + r, column, lanes, true);
      } else {
        tkUpdateBlock(sums[r][b], &v, factor, u, row + r, column, lanes, false);
      }
    }
  }
}

TK_INLINE void tkUpdateTile(
    const TKWeightUpdate *u, size_t row, size_t block, const size_t rows, const size_t blocks) {
  size_t columnBytes = 4 * tkPadded(u->columns);
  size_t errorBytes = 4 * tkPadded(u->outputs);
  const uint8_t *x = u->patches + 4 * TK_BLOCK * block;
  const int8_t *e = u->errors + 4 * row;
  TKTile sums;
  TK_UNROLL for (size_t r = 0; r < rows; r++) {
    i32x16 start = tkAll(u->start[row + r]);
    TK_UNROLL for (size_t b = 0; b < blocks; b++) { sums[r][b] = start; }
  }
  for (size_t t = 0; t < u->frameGroups; t++) {
    i32x16 bytes[TK_TILE_BLOCKS];
    TK_UNROLL for (size_t b = 0; b < blocks; b++) { bytes[b] = tkLoad((const int32_t *)(x + 4 * TK_BLOCK * b)); }
    TK_UNROLL for (size_t r = 0; r < rows; r++) {
      TKWeights weights = tkWeights(tkBroadcast4((const uint8_t *)e + 4 * r));
      TK_UNROLL for (size_t b = 0; b < blocks; b++) { sums[r][b] = tkDot(sums[r][b], bytes[b], weights); }
    }
    x += columnBytes;
    e += errorBytes;
  }
  tkUpdateRows(sums, u, row, block, rows, blocks);
}

TK_INLINE void tkUpdateBlocks(const TKWeightUpdate *u, size_t block, const size_t blocks) {
  size_t row = 0;
  for (; row + TK_TILE_ROWS <= u->outputs; row += TK_TILE_ROWS) { tkUpdateTile(u, row, block, TK_TILE_ROWS, blocks); }
  for (; row < u->outputs; row++) { tkUpdateTile(u, row, block, 1, blocks); }
}

static void tkUpdateWeights(const TKWeightUpdate *u) {
  size_t blocks = tkPadded(u->columns) / TK_BLOCK;
  size_t block = 0;
  for (; block + TK_TILE_BLOCKS <= blocks; block += TK_TILE_BLOCKS) { tkUpdateBlocks(u, block, TK_TILE_BLOCKS); }
  for (; block < blocks; block++) { tkUpdateBlocks(u, block, 1); }
}

static void tkUpdateRow(const TKRowUpdate *u) {
  tkUpdateSlowly(
      u->gradient, u->channels, u->factors, 1, u->firstIndex, u->places, u->isStochastic, u->random, u->weights);
}

static void tkUpdateBias(const TKBiasUpdate *u) {
  for (size_t i = 0; i < u->channels; i++) {
    int64_t step = tkStep(u->sums[i], u->factors[i]);
    uint32_t place = u->places ? (uint32_t)u->places[i] : (uint32_t)i;
    int64_t up = u->isStochastic ? (int64_t)(tkWord(u->random, u->firstIndex + place) >> 8) : 1 << 23;
    int64_t value = ((int64_t)u->bias[i] * (1 << 24) - step + up) >> 24;
    u->bias[i] = (int32_t)(value < -(int64_t)u->limit ? -(int64_t)u->limit : value > u->limit ? u->limit : value);
  }
}

static void tkStepFactors(
    const int32_t *mantissas, const int8_t *exponents, size_t count, int32_t rateMantissa, int32_t rateExponent,
    TKStepFactor *factors) {
  for (size_t i = 0; i < count; i++) {
    // Both mantissas are in 2^30 ..< 2^31 or 0, so 30 or 31 bits go.
    uint64_t product = (uint64_t)mantissas[i] * (uint64_t)rateMantissa;
    uint32_t excess = 30 + (uint32_t)(product >> 61);
    factors[i].mantissa = (int32_t)(product >> excess);
    factors[i].shift = -(exponents[i] + rateExponent + (int32_t)excess + 24);
  }
}
