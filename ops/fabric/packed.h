// Beats in memories: one word each. A memory of arrays would be written lane by lane.
#ifndef SAPM_PACKED_H_
#define SAPM_PACKED_H_

#include "integers.h"

namespace sapm {

// Packed<beat_T>::word_T is what a memory holds of a beat, seen_T what a read of it gives, before a beat is made of it.
#if defined(__SYNTHESIS__) || defined(SAPM_EXACT_TYPES)

template <class beat_T> struct Packed {
    static const int bits = beat_T::value_type::width;
    typedef ap_uint<beat_T::size * bits> word_T;
    typedef word_T seen_T;

    static word_T pack(const beat_T &beat) {
        #pragma HLS INLINE
        word_T word = 0;
    Lanes:
        for (unsigned lane = 0; lane < beat_T::size; lane++) {
            #pragma HLS UNROLL
            word.range((lane + 1) * bits - 1, lane * bits) = beat[lane].range(bits - 1, 0);
        }
        return word;
    }

    static seen_T read(const word_T &word) {
        #pragma HLS INLINE
        return word;
    }

    static beat_T unpack(const seen_T &word) {
        #pragma HLS INLINE
        beat_T beat;
    Lanes:
        for (unsigned lane = 0; lane < beat_T::size; lane++) {
            #pragma HLS UNROLL
            beat[lane].range(bits - 1, 0) = word.range((lane + 1) * bits - 1, lane * bits);
        }
        return beat;
    }
};

#else

template <class beat_T> struct Packed {
    typedef beat_T word_T;
    typedef const beat_T *seen_T;

    static const word_T &pack(const beat_T &beat) { return beat; }
    static seen_T read(const word_T &word) { return &word; }
    static const beat_T &unpack(const seen_T &word) { return *word; }
};

#endif

} // namespace sapm

#endif
