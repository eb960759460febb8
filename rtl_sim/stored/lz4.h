// What FST files of Verilator take of liblz4, whose headers are seldom there: a block of LZ4 that is one literal.
// https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md

#pragma once

#include <cstring>

inline int LZ4_compressBound(int size) {
  return size + size / 255 + 16;
}

// Returns the bytes written, 0 where `capacity` does not hold them.
inline int LZ4_compress_default(const char* source, char* target, int size, int capacity) {
  if (capacity < LZ4_compressBound(size)) return 0;
  char* place = target;
  const bool long_ = size >= 15;
  *place++ = static_cast<char>((long_ ? 15 : size) << 4);
  if (long_) {
    int left = size - 15;
    for (; left >= 255; left -= 255) *place++ = static_cast<char>(255);
    *place++ = static_cast<char>(left);
  }
  std::memcpy(place, source, size);
  return static_cast<int>(place - target) + size;
}
