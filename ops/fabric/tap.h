// Taps of the C simulation: every tensor is copied to a file on its way.
#ifndef SAPM_TAP_H_
#define SAPM_TAP_H_

#include "hls_stream.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

namespace sapm {

// Where the tensors go.
inline std::string &tap_folder() {
    static std::string folder;
    return folder;
}

// Writes all elements that lie in the stream to the tensor's file, as 64-bit integers, and leaves them in the stream.
template <class beat_T> void tap(const char *tensor, hls::stream<beat_T> &stream) {
    const std::size_t beats = stream.size();
    std::vector<std::int64_t> values;
    values.reserve(beats * beat_T::size);
    for (std::size_t beat = 0; beat < beats; beat++) {
        const beat_T elements = stream.read();
        for (unsigned lane = 0; lane < beat_T::size; lane++)
            values.push_back(elements[lane].to_int64());
        stream.write(elements);
    }
    const std::string path = tap_folder() + "/" + tensor;
    std::FILE *file = std::fopen(path.c_str(), "wb");
    if (file == NULL || std::fwrite(values.data(), sizeof values[0], values.size(), file) != values.size()) {
        std::cerr << "ERROR: cannot write " << path << std::endl;
        std::exit(1);
    }
    std::fclose(file);
}

} // namespace sapm

#endif
