// What FST files of Verilator take of zlib, whose headers are seldom there: a stream of stored blocks (RFC 1950, 1951).

#pragma once

#include <cstdint>
#include <cstring>

using Bytef = unsigned char;
using uLong = unsigned long;
using uLongf = uLong;

constexpr int Z_OK = 0;
constexpr int Z_BUF_ERROR = -5;

constexpr uLong kStoredBlock = 65535;

inline uLong compressBound(uLong size) {
  return size + 5 * (size / kStoredBlock + 1) + 6;
}

inline std::uint32_t StoredAdler32(const Bytef* data, uLong size) {
  std::uint32_t low = 1, high = 0;
  for (uLong i = 0; i < size; ++i) {
    low = (low + data[i]) % 65521;
    high = (high + low) % 65521;
  }
  return high << 16 | low;
}

// `target_size` is what `target` holds, and then what was written.
inline int compress2(Bytef* target, uLongf* target_size, const Bytef* source, uLong size, int /*level*/) {
  if (*target_size < compressBound(size)) return Z_BUF_ERROR;
  Bytef* place = target;
  *place++ = 0x78;
  *place++ = 0x01;
  uLong done = 0;
  do {
    const uLong part = size - done < kStoredBlock ? size - done : kStoredBlock;
    const Bytef header[5] = {static_cast<Bytef>(done + part == size), static_cast<Bytef>(part),
                             static_cast<Bytef>(part >> 8), static_cast<Bytef>(~part),
                             static_cast<Bytef>(~part >> 8)};
    std::memcpy(place, header, sizeof header);
    std::memcpy(place + sizeof header, source + done, part);
    place += sizeof header + part;
    done += part;
  } while (done < size);
  const std::uint32_t sum = StoredAdler32(source, size);
  for (int shift = 24; shift >= 0; shift -= 8) *place++ = static_cast<Bytef>(sum >> shift);
  *target_size = static_cast<uLongf>(place - target);
  return Z_OK;
}
