// Products of bytes against packed weights, in tiles that stay in registers.

typedef i32x16 TKTile[TK_TILE_ROWS][TK_TILE_BLOCKS];

TK_INLINE i32x16 tkBroadcast4(const uint8_t *p) {
  int32_t bytes;
  memcpy(&bytes, p, 4);
  return tkAll(bytes);
}

/// Adds all groups of `rows` rows and `blocks` blocks, both known to the compiler.
TK_INLINE void tkTile(TKTile sums, const TKProduct *p, size_t row, size_t block, const size_t rows, const size_t blocks) {
  const uint8_t *x = p->rows + row * p->rowStride;
  const int8_t *w = p->weights + block * p->blockStride;
  TK_UNROLL for (size_t b = 0; b < blocks; b++) {
    i32x16 start = tkLoad(p->start + TK_BLOCK * (block + b));
    TK_UNROLL for (size_t r = 0; r < rows; r++) { sums[r][b] = start; }
  }
  for (size_t g = 0; g < p->groups; g++) {
    TKWeights weights[TK_TILE_BLOCKS];
    TK_UNROLL for (size_t b = 0; b < blocks; b++) {
      weights[b] = tkWeights(tkLoad((const int32_t *)(w + b * p->blockStride)));
    }
    TK_UNROLL for (size_t r = 0; r < rows; r++) {
      i32x16 bytes = tkBroadcast4(x + r * p->rowStride);
      TK_UNROLL for (size_t b = 0; b < blocks; b++) { sums[r][b] = tkDot(sums[r][b], bytes, weights[b]); }
    }
    w += p->groupStride;
    x += 4;
  }
}

/// Clamps scaled sums, marks what was clamped and stores bytes.
TK_INLINE void tkStoreRequantized(i32x16 scaled, const TKRequantization *q, size_t element, size_t lanes) {
  i32x16 value = scaled + q->zero;
  i32x16 kept = tkClamp(value, tkAll(q->low), tkAll(q->high));
  tkStoreBytes(q->output + element, kept, lanes);
  if (q->clamped) {
    tkSetBits(q->clamped, element, lanes, tkDiffer(kept, value) & (uint32_t)((1u << lanes) - 1));
  }
}

TK_INLINE void tkRequantizeRows(
    TKTile sums, size_t b, const size_t rows, const TKRequantization *q, size_t row, size_t channel, size_t channels) {
  size_t lanes = tkMinimum(TK_BLOCK, channels - channel);
  i32x16 mantissas = tkLoad(q->mantissas + channel);
  i32x16 shifts = tkShifts(q->shifts + channel);
  if (q->isNarrow) {
    TKNarrow factor = tkNarrow(mantissas, shifts);
    TK_UNROLL for (size_t r = 0; r < rows; r++) {
      i32x16 scaled = tkScaleNarrow(sums[r][b], &factor);
      if (lanes == TK_BLOCK) {
        tkStoreRequantized(scaled, q, (row + r) * channels + channel, TK_BLOCK);
      } else {
        tkStoreRequantized(scaled, q, (row + r) * channels + channel, lanes);
      }
    }
  } else {
    i64x8 lowShift = tkLow(shifts), highShift = tkHigh(shifts);
    i64x8 one = (i64x8){} + 1;
    i64x8 lowHalf = one << (lowShift - 1), highHalf = one << (highShift - 1);
    TK_UNROLL for (size_t r = 0; r < rows; r++) {
      i32x16 scaled = tkScaleWide(sums[r][b], mantissas, lowShift, highShift, lowHalf, highHalf, 1 << 30);
      tkStoreRequantized(scaled, q, (row + r) * channels + channel, lanes);
    }
  }
}

TK_INLINE void tkFinish(
    TKTile sums, const TKProduct *p, const TKRequantization *q, int32_t *result, size_t resultStride, size_t row,
    size_t block, const size_t rows, const size_t blocks) {
  TK_UNROLL for (size_t b = 0; b < blocks; b++) {
    size_t channel = TK_BLOCK * (block + b);
    if (q) {
      tkRequantizeRows(sums, b, rows, q, row, channel, p->outputs);
    } else {
      TK_UNROLL for (size_t r = 0; r < rows; r++) { tkStore(result + (row + r) * resultStride + channel, sums[r][b]); }
    }
  }
}

#define TK_ROWS(ROWS)                                                    \
  {                                                                      \
    tkTile(sums, p, row, block, ROWS, blocks);                           \
    tkFinish(sums, p, q, result, resultStride, row, block, ROWS, blocks); \
    row += ROWS;                                                         \
  }

TK_INLINE void tkBlocks(
    const TKProduct *p, const TKRequantization *q, int32_t *result, size_t resultStride, size_t block,
    const size_t blocks) {
  TKTile sums;
  size_t row = 0;
  while (row + TK_TILE_ROWS <= p->rowCount) TK_ROWS(TK_TILE_ROWS)
  while (row + 2 <= p->rowCount) TK_ROWS(2)
  if (row < p->rowCount) TK_ROWS(1)
}

TK_INLINE void tkWhole(const TKProduct *p, const TKRequantization *q, int32_t *result, size_t resultStride) {
  size_t blocks = tkPadded(p->outputs) / TK_BLOCK;
  size_t block = 0;
  for (; block + TK_TILE_BLOCKS <= blocks; block += TK_TILE_BLOCKS) {
    tkBlocks(p, q, result, resultStride, block, TK_TILE_BLOCKS);
  }
  for (; block < blocks; block++) { tkBlocks(p, q, result, resultStride, block, 1); }
}

static void tkRequantizedProduct(const TKProduct *product, const TKRequantization *requantization) {
  tkWhole(product, requantization, NULL, 0);
}

static void tkProduct(const TKProduct *product, int32_t *result, size_t resultStride) {
  tkWhole(product, NULL, result, resultStride);
}
