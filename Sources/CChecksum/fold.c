#include "CChecksum.h"

// After Gopal et al. 2009, "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction": the message is
// folded by carry-less multiplication with powers of x modulo the polynomial, then reduced to 32 bits by Barrett's
// method. Bits are reflected, as this CRC counts them.

#if defined(__x86_64__)

#include <immintrin.h>

#define FOLD_TARGET __attribute__((target("sse4.1,pclmul")))

// x^(4·128±32), x^(128±32) and x^64 modulo the polynomial, reflected; then the polynomial and its Barrett quotient.
static const uint64_t by_four[2] __attribute__((aligned(16))) = {0x0154442bd4, 0x01c6e41596};
static const uint64_t by_one[2] __attribute__((aligned(16))) = {0x01751997d0, 0x00ccaa009e};
static const uint64_t by_half[2] __attribute__((aligned(16))) = {0x0163cd6124, 0};
static const uint64_t barrett[2] __attribute__((aligned(16))) = {0x01db710641, 0x01f7011641};

int checksum_can_fold(void) {
  return __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
}

FOLD_TARGET static inline __m128i load(const uint8_t *bytes) {
  return _mm_loadu_si128((const __m128i *)bytes);
}

FOLD_TARGET static inline __m128i fold(__m128i sum, __m128i powers, __m128i next) {
  __m128i low = _mm_clmulepi64_si128(sum, powers, 0x00);
  __m128i high = _mm_clmulepi64_si128(sum, powers, 0x11);
  return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

FOLD_TARGET uint32_t checksum_fold(uint32_t crc, const uint8_t *bytes, size_t count) {
  __m128i a = _mm_xor_si128(load(bytes), _mm_cvtsi32_si128((int)~crc));
  __m128i b = load(bytes + 16), c = load(bytes + 32), d = load(bytes + 48);
  __m128i powers = _mm_load_si128((const __m128i *)by_four);
  for (bytes += 64, count -= 64; count >= 64; bytes += 64, count -= 64) {
    a = fold(a, powers, load(bytes));
    b = fold(b, powers, load(bytes + 16));
    c = fold(c, powers, load(bytes + 32));
    d = fold(d, powers, load(bytes + 48));
  }
  powers = _mm_load_si128((const __m128i *)by_one);
  a = fold(a, powers, b);
  a = fold(a, powers, c);
  a = fold(a, powers, d);
  for (; count >= 16; bytes += 16, count -= 16) a = fold(a, powers, load(bytes));

  const __m128i low_words = _mm_setr_epi32(-1, 0, -1, 0);
  a = _mm_xor_si128(_mm_srli_si128(a, 8), _mm_clmulepi64_si128(a, powers, 0x10));
  __m128i rest = _mm_srli_si128(a, 4);
  a = _mm_clmulepi64_si128(_mm_and_si128(a, low_words), _mm_load_si128((const __m128i *)by_half), 0x00);
  a = _mm_xor_si128(a, rest);
  const __m128i reduction = _mm_load_si128((const __m128i *)barrett);
  __m128i quotient = _mm_clmulepi64_si128(_mm_and_si128(a, low_words), reduction, 0x10);
  quotient = _mm_clmulepi64_si128(_mm_and_si128(quotient, low_words), reduction, 0x00);
  return ~(uint32_t)_mm_extract_epi32(_mm_xor_si128(a, quotient), 1);
}

#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)

#include <arm_acle.h>
#include <string.h>

int checksum_can_fold(void) { return 1; }

uint32_t checksum_fold(uint32_t crc, const uint8_t *bytes, size_t count) {
  crc = ~crc;
  for (; count >= 8; bytes += 8, count -= 8) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    crc = __crc32d(crc, word);
  }
  return ~crc;
}

#else

int checksum_can_fold(void) { return 0; }

uint32_t checksum_fold(uint32_t crc, const uint8_t *bytes, size_t count) {
  (void)bytes;
  (void)count;
  return crc;
}

#endif
