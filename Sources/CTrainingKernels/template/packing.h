// Bringing bytes into the order in which dot products read them.

/// Four times 16 bytes to `[16][4]`.
TK_INLINE i8x64 tkInterleaved(i8x16 a, i8x16 b, i8x16 c, i8x16 d) {
#define TK_16(s) s, s + 1, s + 2, s + 3, s + 4, s + 5, s + 6, s + 7, s + 8, s + 9, s + 10, s + 11, s + 12, s + 13, s + 14, s + 15
  i8x32 ab = __builtin_shufflevector(a, b, TK_16(0), TK_16(16));
  i8x32 cd = __builtin_shufflevector(c, d, TK_16(0), TK_16(16));
  i8x64 abcd = __builtin_shufflevector(ab, cd, TK_16(0), TK_16(16), TK_16(32), TK_16(48));
  i32x16 quads = (i32x16)abcd;
  quads = __builtin_shufflevector(quads, quads, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
#define TK_4X4(s) s, s + 4, s + 8, s + 12, s + 1, s + 5, s + 9, s + 13, s + 2, s + 6, s + 10, s + 14, s + 3, s + 7, s + 11, s + 15
  i8x64 bytes = (i8x64)quads;
  return __builtin_shufflevector(bytes, bytes, TK_4X4(0), TK_4X4(16), TK_4X4(32), TK_4X4(48));
}

TK_INLINE i8x16 tkBytes(const int8_t *p, size_t count) {
  i8x16 bytes = {};
  if (!p) { return bytes; }
  if (count >= TK_BLOCK) {
    memcpy(&bytes, p, TK_BLOCK);
  } else {
    memcpy(&bytes, p, count);
  }
  return bytes;
}

TK_INLINE void tkInterleaveRows(const int8_t *const rows[4], size_t count, uint8_t flip, uint8_t *result) {
  i8x64 flips = (i8x64)((u8x64){} + flip);
  size_t i = 0;
  for (; i + TK_BLOCK <= count; i += TK_BLOCK) {
    i8x64 bytes = tkInterleaved(
        tkBytes(rows[0] ? rows[0] + i : NULL, TK_BLOCK), tkBytes(rows[1] ? rows[1] + i : NULL, TK_BLOCK),
        tkBytes(rows[2] ? rows[2] + i : NULL, TK_BLOCK), tkBytes(rows[3] ? rows[3] + i : NULL, TK_BLOCK)) ^ flips;
    memcpy(result + 4 * i, &bytes, sizeof bytes);
  }
  if (i < count) {
    size_t rest = count - i;
    i8x64 bytes = tkInterleaved(
        tkBytes(rows[0] ? rows[0] + i : NULL, rest), tkBytes(rows[1] ? rows[1] + i : NULL, rest),
        tkBytes(rows[2] ? rows[2] + i : NULL, rest), tkBytes(rows[3] ? rows[3] + i : NULL, rest)) ^ flips;
    memcpy(result + 4 * i, &bytes, sizeof bytes);
  }
}

static void tkInterleave(
    const int8_t *bytes, size_t stride, size_t rows, size_t count, uint8_t flip, uint8_t *result) {
  size_t row = 0;
  for (; row + 4 <= rows; row += 4) {
    const int8_t *four[4] = {bytes, bytes + stride, bytes + 2 * stride, bytes + 3 * stride};
    tkInterleaveRows(four, count, flip, result);
    bytes += 4 * stride;
    result += 4 * tkPadded(count);
  }
  if (row < rows) {
    const int8_t *four[4] = {
        bytes, row + 1 < rows ? bytes + stride : NULL, row + 2 < rows ? bytes + 2 * stride : NULL, NULL};
    tkInterleaveRows(four, count, flip, result);
  }
}

static void tkPackTaps(
    const int8_t *weights, size_t outputs, size_t kernel, size_t channels, size_t firstTap, size_t tapStride,
    size_t taps, int8_t *packed) {
  size_t row = kernel * channels;
  size_t count = taps * outputs;
  size_t output = 0, tap = 0;
  for (size_t j = 0; j < count; j += 4) {
    const int8_t *four[4];
    for (size_t i = 0; i < 4; i++) {
      four[i] = NULL;
      if (j + i >= count) { continue; }
      four[i] = weights + output * row + (firstTap - tap * tapStride) * channels;
      if (++output == outputs) {
        output = 0;
        tap++;
      }
    }
    tkInterleaveRows(four, channels, 0, (uint8_t *)packed);
    packed += 4 * tkPadded(channels);
  }
}

/// Exchanges lanes and rows.
TK_INLINE void tkTranspose(i32x16 r[16]) {
  i32x16 s[16];
#define TK_EXCHANGE(from, to, distance, ...)                                                    \
  TK_UNROLL for (size_t i = 0; i < 16; i++) {                                                   \
    if ((i & distance) == 0) {                                                                  \
      to[i] = __builtin_shufflevector(from[i], from[i + distance], TK_FIRST_##distance);        \
      to[i + distance] = __builtin_shufflevector(from[i], from[i + distance], TK_SECOND_##distance); \
    }                                                                                           \
  }
#define TK_FIRST_1 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30
#define TK_SECOND_1 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31
#define TK_FIRST_2 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29
#define TK_SECOND_2 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31
#define TK_FIRST_4 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27
#define TK_SECOND_4 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31
#define TK_FIRST_8 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23
#define TK_SECOND_8 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31
  TK_EXCHANGE(r, s, 1)
  TK_EXCHANGE(s, r, 2)
  TK_EXCHANGE(r, s, 4)
  TK_EXCHANGE(s, r, 8)
}

#ifndef TK_LOADS_PART
/// Up to 64 bytes; zeros behind them.
TK_INLINE i32x16 tkLoadPart(const int8_t *p, size_t count) {
  i32x16 v = {};
  if (count == 64) {
    memcpy(&v, p, 64);
  } else if (count == 32) {
    memcpy(&v, p, 32);
  } else if (count == 48) {
    memcpy(&v, p, 48);
  } else {
    memcpy(&v, p, count);
  }
  return v;
}
#endif

/// 16 groups of 16 rows.
TK_INLINE void tkPackSquare(
    const int8_t *rows, size_t rowStride, size_t rowCount, size_t bytes, size_t groups, int8_t *packed, i32x16 *sum) {
  i32x16 r[16];
  TK_UNROLL for (size_t i = 0; i < 16; i++) {
    r[i] = (i32x16){};
    if (i < rowCount) { r[i] = tkLoadPart(rows + i * rowStride, bytes); }
  }
  tkTranspose(r);
  TK_UNROLL for (size_t i = 0; i < 16; i++) {
    *sum = tkSumBytes(*sum, r[i]);
    if (i < groups) { tkStore((int32_t *)packed + TK_BLOCK * i, r[i]); }
  }
}

static void tkPackRows(const int8_t *weights, size_t rows, size_t columns, int8_t *packed, int32_t *sums) {
  size_t groups = (columns + 3) / 4;
  for (size_t row = 0; row < rows; row += TK_BLOCK) {
    i32x16 sum = {};
    size_t rowCount = tkMinimum(TK_BLOCK, rows - row);
    size_t column = 0;
    for (; column + 64 <= columns; column += 64) {
      tkPackSquare(weights + row * columns + column, columns, rowCount, 64, 16, packed + 16 * column, &sum);
    }
    if (column < columns) {
      tkPackSquare(
          weights + row * columns + column, columns, rowCount, columns - column, groups - column / 4,
          packed + 16 * column, &sum);
    }
    tkStore(sums + row, sum);
    packed += groups * 64;
  }
}

static void tkSumGroups(const int8_t *packed, size_t groups, size_t lanes, int32_t *sums) {
  for (size_t lane = 0; lane < lanes; lane += TK_BLOCK) {
    i32x16 sum = {};
    for (size_t g = 0; g < groups; g++) {
      sum = tkSumBytes(sum, tkLoad((const int32_t *)(packed + 4 * (g * lanes + lane))));
    }
    tkStore(sums + lane, sum);
  }
}

static void tkCopy(const int8_t *bytes, size_t count, uint8_t flip, uint8_t *result) {
  for (size_t i = 0; i < count; i++) { result[i] = (uint8_t)bytes[i] ^ flip; }
}

TK_INLINE i32x16 tkPair(i32x16 low, i32x16 high) { return (low & 0xFFFF) | (i32x16)((u32x16)high << 16); }

/// One block, frame behind frame; a frame is written when its partner is known.
TK_INLINE void tkPairBlock(
    const int8_t *bytes, size_t stride, size_t frames, const size_t lanes, int32_t zero, size_t before, size_t after,
    const size_t distance, int32_t *pairs) {
  i32x16 earlier[2] = {};
  size_t all = before + frames + after;
  // Frames before and behind are zeros, and so is what stands behind those.
  for (size_t f = 0; f < all + distance; f++) {
    i32x16 v = {};
    if (f >= before && f < before + frames) { v = tkLoadBytes(bytes + (f - before) * stride, lanes) - zero; }
    if (f >= distance) { tkStore(pairs + (f - distance) * TK_BLOCK, tkPair(earlier[distance - 1], v)); }
    earlier[1] = earlier[0];
    earlier[0] = v;
  }
}

/// The same for any distance and any number of lanes.
static __attribute__((noinline)) void tkPairSlowly(
    const int8_t *bytes, size_t stride, size_t frames, size_t lanes, int32_t zero, size_t before, size_t after,
    size_t distance, int32_t *pairs) {
  size_t all = before + frames + after;
  for (size_t f = 0; f < all; f++) {
    i32x16 v = {}, later = {};
    size_t g = f + distance;
    if (f >= before && f < before + frames) { v = tkLoadBytes(bytes + (f - before) * stride, lanes) - zero; }
    if (g >= before && g < before + frames) { later = tkLoadBytes(bytes + (g - before) * stride, lanes) - zero; }
    tkStore(pairs + f * TK_BLOCK, tkPair(v, later));
  }
}

static void tkPairFrames(
    const int8_t *bytes, size_t stride, size_t frames, size_t channels, int32_t zero, size_t before, size_t after,
    size_t distance, int32_t *pairs) {
  size_t blockWords = (before + frames + after) * TK_BLOCK;
  for (size_t channel = 0; channel < channels; channel += TK_BLOCK) {
    size_t lanes = tkMinimum(TK_BLOCK, channels - channel);
    if (lanes == TK_BLOCK && distance == 1) {
      tkPairBlock(bytes + channel, stride, frames, TK_BLOCK, zero, before, after, 1, pairs);
    } else if (lanes == TK_BLOCK && distance == 2) {
      tkPairBlock(bytes + channel, stride, frames, TK_BLOCK, zero, before, after, 2, pairs);
    } else {
      tkPairSlowly(bytes + channel, stride, frames, lanes, zero, before, after, distance, pairs);
    }
    pairs += blockWords;
  }
}

static void tkPairTaps(
    const int8_t *weights, size_t channels, size_t taps, ptrdiff_t first, ptrdiff_t step, int32_t *pairs) {
  for (size_t tap = 0; tap < taps; tap += 2) {
    const int8_t *low = weights + (first + (ptrdiff_t)tap * step) * (ptrdiff_t)channels;
    const int8_t *high = tap + 1 < taps ? low + step * (ptrdiff_t)channels : NULL;
    for (size_t channel = 0; channel < channels; channel += TK_BLOCK) {
      size_t lanes = tkMinimum(TK_BLOCK, channels - channel);
      i32x16 upper = high ? tkLoadBytes(high + channel, lanes) : (i32x16){};
      i32x16 lower = tkLoadBytes(low + channel, lanes);
      tkStore(pairs + (channel * ((taps + 1) / 2)) + tap / 2 * TK_BLOCK, tkPair(lower, upper));
    }
  }
}

static void tkCorrected(const int32_t *base, const int32_t *sums, int32_t factor, size_t lanes, int32_t *result) {
  for (size_t i = 0; i < lanes; i += TK_BLOCK) {
    i32x16 from = base ? tkLoad(base + i) : (i32x16){};
    tkStore(result + i, from - tkLoad(sums + i) * factor);
  }
}
