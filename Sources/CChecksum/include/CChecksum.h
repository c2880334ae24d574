#ifndef CCHECKSUM_H
#define CCHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/// Whether this processor has the instructions that `checksum_fold` needs.
int checksum_can_fold(void);

/// Continues a CRC-32 (ISO-HDLC, as zlib counts it) over whole pieces of 16 bytes.
///
/// `count` is a multiple of 16 and at least 64. Only where `checksum_can_fold` says so.
uint32_t checksum_fold(uint32_t crc, const uint8_t *bytes, size_t count);

#endif
