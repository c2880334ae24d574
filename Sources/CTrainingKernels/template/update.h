// Weight gradients and their update in one.
//
// A parameter changes by ⌊(r − step) / 2^24⌋, with r 24 random bits, or half a unit to round to nearest: whole units
// need not pass through the shift. Steps of 32 units and more may leave 32 bits; a block in which one may appear is done
// one parameter after the other.

TK_INLINE int64_t tkChange(int32_t gradient, int32_t mantissa, int32_t shift, int64_t parameter, int64_t up) {
  return (parameter * (1 << 24) - tkStep(gradient, mantissa, shift) + up) >> 24;
}

TK_INLINE int64_t tkUp(bool isStochastic, TKRandom random, uint32_t index) {
  return isStochastic ? (int64_t)(tkWord(random, index) >> 8) : 1 << 23;
}

/// - factorStride: 1, or 0 where all have one factor.
static __attribute__((noinline)) void tkUpdateSlowly(
    i32x16 gradient, size_t count, const int32_t *mantissas, const int32_t *shifts, size_t factorStride,
    i32x16 indices, bool isStochastic, TKRandom random, int8_t *weights) {
  for (size_t i = 0; i < count; i++) {
    int64_t value = tkChange(
        gradient[i], mantissas[i * factorStride], shifts[i * factorStride], weights[i],
        tkUp(isStochastic, random, (uint32_t)indices[i]));
    weights[i] = (int8_t)(value < -127 ? -127 : value > 127 ? 127 : value);
  }
}

/// Factors of sixteen channels, or one for all.
typedef struct {
  i64x8 evenMantissa, oddMantissa, evenHalf, oddHalf, evenShift, oddShift;
  /// Gradients up to here give steps of at most 2^30.
  i32x16 limit;
} TKSteps;

TK_INLINE TKSteps tkSteps(i32x16 mantissas, i32x16 shifts) {
  i32x16 far = shifts > 62, left = shifts < 1;
  mantissas = mantissas & ~far;
  i32x16 shift = tkClamp(shifts, tkAll(1), tkAll(62));
  i32x16 limit = (tkAll(1) << (tkMin(shift, tkAll(31)) - 1)) | ((shift > 31) & INT32_MAX);
  limit = (limit & ~left) | left;
  limit = (limit & (mantissas != 0)) | ((mantissas == 0) & INT32_MAX);
  i64x8 one = (i64x8){} + 1;
  i64x8 even = (i64x8)shift & 0xFFFFFFFFll, odd = (i64x8)((u64x8)shift >> 32);
  return (TKSteps){(i64x8)mantissas, (i64x8)((u64x8)mantissas >> 32), one << (even - 1), one << (odd - 1), even, odd,
                   limit};
}

TK_INLINE TKSteps tkSameSteps(int32_t mantissa, int32_t shift) {
  int32_t kept = shift < 1 ? 1 : shift > 62 ? 62 : shift;
  if (shift > 62) { mantissa = 0; }
  i64x8 m = (i64x8){} + (int64_t)mantissa, half = (i64x8){} + ((int64_t)1 << (kept - 1));
  i64x8 s = (i64x8){} + (int64_t)kept;
  int32_t limit = mantissa == 0 || kept > 31 ? INT32_MAX : shift < 1 ? -1 : 1 << (kept - 1);
  return (TKSteps){m, m, half, half, s, s, tkAll(limit)};
}

TK_INLINE i32x16 tkMagnitude(i32x16 v) { return tkMax(v, (i32x16)(0u - (u32x16)v)); }

TK_INLINE bool tkFits(i32x16 gradient, const TKSteps *steps) {
  return !tkAnyGreater(tkMagnitude(gradient), steps->limit);
}

/// How many units each parameter changes by.
TK_INLINE i32x16 tkUnits(
    i32x16 gradient, const TKSteps *steps, i32x16 indices, const bool isStochastic, TKRandom random) {
  i64x8 even = (tkProductEven(gradient, steps->evenMantissa) + steps->evenHalf) >> steps->evenShift;
  i64x8 odd = (tkProductOdd(gradient, steps->oddMantissa) + steps->oddHalf) >> steps->oddShift;
  i32x16 up = isStochastic ? (i32x16)(tkWords(random, (u32x16)indices) >> 8) : tkAll(1 << 23);
  return (up - tkMergeLow(even, odd)) >> 24;
}

TK_INLINE void tkUpdateBlock(
    i32x16 gradient, const TKSteps *steps, i32x16 indices, const bool isStochastic, TKRandom random, int8_t *weights,
    size_t lanes) {
  i32x16 value = tkLoadBytes(weights, lanes) + tkUnits(gradient, steps, indices, isStochastic, random);
  tkStoreBytes(weights, tkClamp(value, tkAll(-127), tkAll(127)), lanes);
}

#ifndef TK_CHANGES_BYTES
/// Adds changes of at most 64 units to bytes, which stay in -127...127.
TK_INLINE void tkChangeBytes(int8_t *bytes, const i32x16 units[TK_UPDATE_BLOCKS], size_t count) {
  TK_UNROLL for (size_t b = 0; b < TK_UPDATE_BLOCKS; b++) {
    if (TK_BLOCK * b >= count) { return; }
    size_t lanes = tkMinimum(TK_BLOCK, count - TK_BLOCK * b);
    int8_t *place = bytes + TK_BLOCK * b;
    i32x16 value = tkLoadBytes(place, lanes) + units[b];
    tkStoreBytes(place, tkClamp(value, tkAll(-127), tkAll(127)), lanes);
  }
}
#endif

/// Sums of some rows and of some blocks of columns, row by row.
TK_INLINE void tkUpdateRows(
    const int32_t *sums, const TKWeightUpdate *u, size_t firstRow, size_t rows, size_t firstColumn,
    const size_t blocks, const bool isStochastic) {
  TKRandom random = u->random;
  size_t columns = tkMinimum(TK_BLOCK * blocks, u->columns - firstColumn);
  for (size_t r = 0; r < rows; r++) {
    size_t row = firstRow + r;
    TKSteps steps = tkSameSteps(u->factors.mantissas[row], u->factors.shifts[row]);
    int8_t *weights = u->weights + row * u->columns + firstColumn;
    const int32_t *gradients = sums + r * TK_BLOCK * TK_UPDATE_BLOCKS;
    i32x16 largest = {};
    TK_UNROLL for (size_t b = 0; b < blocks; b++) {
      largest = tkMax(largest, tkMagnitude(tkLoad(gradients + TK_BLOCK * b)));
    }
    const int32_t *places = u->places + firstColumn;
    i32x16 first = tkAll((int32_t)u->firstIndices[row]);
    if (__builtin_expect(tkAnyGreater(largest, steps.limit), 0)) {
      for (size_t c = 0; c < columns; c += TK_BLOCK) {
        tkUpdateSlowly(
            tkLoad(gradients + c), tkMinimum(TK_BLOCK, columns - c), u->factors.mantissas + row,
            u->factors.shifts + row, 0, tkWrapAdd(tkLoad(places + c), first), isStochastic, random, weights + c);
      }
      continue;
    }
    i32x16 units[TK_UPDATE_BLOCKS] = {};
    TK_UNROLL for (size_t b = 0; b < blocks; b++) {
      i32x16 indices = tkWrapAdd(tkLoad(places + TK_BLOCK * b), first);
      units[b] = tkUnits(tkLoad(gradients + TK_BLOCK * b), &steps, indices, isStochastic, random);
    }
    // Steps of at most 2^30 are at most 64 units.
    tkChangeBytes(weights, units, columns);
  }
}

TK_INLINE void tkUpdateTile(
    const TKWeightUpdate *u, size_t row, size_t block, const size_t rows, const size_t blocks) {
  size_t columnBytes = 4 * tkPadded(u->columns);
  size_t errorBytes = 4 * tkPadded(u->outputs);
  const uint8_t *x = u->patches + 4 * TK_BLOCK * block;
  const int8_t *e = u->errors + 4 * row;
  i32x16 sums[TK_UPDATE_ROWS][TK_UPDATE_BLOCKS];
  TK_UNROLL for (size_t r = 0; r < rows; r++) {
    i32x16 start = tkAll(u->start[row + r]);
    TK_UNROLL for (size_t b = 0; b < blocks; b++) { sums[r][b] = start; }
  }
  for (size_t t = 0; t < u->frameGroups; t++) {
    i32x16 bytes[TK_UPDATE_BLOCKS];
    TK_UNROLL for (size_t b = 0; b < blocks; b++) { bytes[b] = tkLoad((const int32_t *)(x + 4 * TK_BLOCK * b)); }
    TK_UNROLL for (size_t r = 0; r < rows; r++) {
      TKWeights weights = tkWeights(tkBroadcast4((const uint8_t *)e + 4 * r));
      TK_UNROLL for (size_t b = 0; b < blocks; b++) { sums[r][b] = tkDot(sums[r][b], bytes[b], weights); }
    }
    x += columnBytes;
    e += errorBytes;
  }
  int32_t memory[TK_UPDATE_ROWS * TK_BLOCK * TK_UPDATE_BLOCKS] __attribute__((aligned(64)));
  TK_UNROLL for (size_t r = 0; r < rows; r++) {
    TK_UNROLL for (size_t b = 0; b < blocks; b++) {
      tkStore(memory + (r * TK_UPDATE_BLOCKS + b) * TK_BLOCK, sums[r][b]);
    }
  }
  if (u->isStochastic) {
    tkUpdateRows(memory, u, row, rows, TK_BLOCK * block, blocks, true);
  } else {
    tkUpdateRows(memory, u, row, rows, TK_BLOCK * block, blocks, false);
  }
}

TK_INLINE void tkUpdateBlocks(const TKWeightUpdate *u, size_t block, const size_t blocks) {
  size_t row = 0;
  for (; row + TK_UPDATE_ROWS <= u->outputs; row += TK_UPDATE_ROWS) {
    tkUpdateTile(u, row, block, TK_UPDATE_ROWS, blocks);
  }
  for (; row < u->outputs; row++) { tkUpdateTile(u, row, block, 1, blocks); }
}

static void tkUpdateWeights(const TKWeightUpdate *u) {
  size_t blocks = tkPadded(u->columns) / TK_BLOCK;
  size_t block = 0;
#if TK_UPDATE_BLOCKS == 4
  // Three threes, rather than two fours and a lonely one.
  if (blocks % 4 != 0 && blocks % 3 == 0) {
    for (; block < blocks; block += 3) { tkUpdateBlocks(u, block, 3); }
  }
#endif
  for (; block + TK_UPDATE_BLOCKS <= blocks; block += TK_UPDATE_BLOCKS) { tkUpdateBlocks(u, block, TK_UPDATE_BLOCKS); }
#if TK_UPDATE_BLOCKS > 2
  for (; block + 2 <= blocks; block += 2) { tkUpdateBlocks(u, block, 2); }
#endif
  for (; block < blocks; block++) { tkUpdateBlocks(u, block, 1); }
}

TK_INLINE void tkUpdateTaps(const TKDepthwiseUpdate *u, size_t channel, size_t lanes, const bool isStochastic) {
  TKSteps steps = tkSteps(tkLoad(u->factors.mantissas + channel), tkLoad(u->factors.shifts + channel));
  i32x16 places = tkLoad(u->places + channel);
  for (size_t k = 0; k < u->taps; k++) {
    i32x16 gradient = tkLoad(u->gradient + k * tkPadded(u->channels) + channel);
    i32x16 indices = tkWrapAdd(places, tkAll((int32_t)u->firstIndices[k]));
    int8_t *weights = u->weights + k * u->channels + channel;
    if (__builtin_expect(tkFits(gradient, &steps), 1)) {
      tkUpdateBlock(gradient, &steps, indices, isStochastic, u->random, weights, lanes);
    } else {
      tkUpdateSlowly(
          gradient, lanes, u->factors.mantissas + channel, u->factors.shifts + channel, 1, indices, isStochastic,
          u->random, weights);
    }
  }
}

static void tkUpdateDepthwiseWeights(const TKDepthwiseUpdate *u) {
  for (size_t channel = 0; channel < u->channels; channel += TK_BLOCK) {
    size_t lanes = tkMinimum(TK_BLOCK, u->channels - channel);
    if (u->isStochastic && lanes == TK_BLOCK) {
      tkUpdateTaps(u, channel, TK_BLOCK, true);
    } else {
      tkUpdateTaps(u, channel, lanes, u->isStochastic);
    }
  }
}

static void tkUpdateBias(const TKBiasUpdate *u) {
  for (size_t i = 0; i < u->channels; i += TK_BLOCK) {
    size_t lanes = tkMinimum(TK_BLOCK, u->channels - i);
    TKSteps steps = tkSteps(tkLoad(u->factors.mantissas + i), tkLoad(u->factors.shifts + i));
    i32x16 gradient = tkLoad(u->sums + i);
    i32x16 indices = tkWrapAdd(tkLoad(u->places + i), tkAll((int32_t)u->firstIndex));
    if (tkFits(gradient, &steps) && lanes == TK_BLOCK) {
      i32x16 units = u->isStochastic ? tkUnits(gradient, &steps, indices, true, u->random)
                                     : tkUnits(gradient, &steps, indices, false, u->random);
      tkStore(u->bias + i, tkClamp(tkLoad(u->bias + i) + units, tkAll(-u->limit), tkAll(u->limit)));
      continue;
    }
    for (size_t c = 0; c < lanes; c++) {
      int64_t value = tkChange(
          gradient[c], u->factors.mantissas[i + c], u->factors.shifts[i + c], u->bias[i + c],
          tkUp(u->isStochastic, u->random, (uint32_t)indices[c]));
      int64_t limit = u->limit;
      u->bias[i + c] = (int32_t)(value < -limit ? -limit : value > limit ? limit : value);
    }
  }
}

static void tkStepFactors(
    const int32_t *mantissas, const int8_t *exponents, size_t lanes, int32_t rateMantissa, int32_t rateExponent,
    int32_t *factorMantissas, int32_t *factorShifts) {
  i64x8 rate = (i64x8){} + (int64_t)rateMantissa;
  for (size_t i = 0; i < lanes; i += TK_BLOCK) {
    // Both mantissas are in 2^30 ..< 2^31 or 0, so 30 or 31 bits go.
    i32x16 constant = tkLoad(mantissas + i);
    i64x8 even = tkProductEven(constant, rate), odd = tkProductOdd(constant, rate);
    i64x8 evenBit = (i64x8)((u64x8)even >> 61), oddBit = (i64x8)((u64x8)odd >> 61);
    tkStore(factorMantissas + i, tkMergeLow(even >> (30 + evenBit), odd >> (30 + oddBit)));
    i32x16 exponent = tkLoadBytes(exponents + i, TK_BLOCK) + rateExponent + tkMergeLow(evenBit, oddBit);
    tkStore(factorShifts + i, -54 - exponent);
  }
}
