// Integers of proven widths, and the size of a map at run time: shared by every C++ template.
#ifndef SAPM_INTEGERS_H_
#define SAPM_INTEGERS_H_

#include "ap_int.h"

#ifndef __SYNTHESIS__
#include <cstdint>
#endif

namespace sapm {

// word<W>::type counts modulo 2^W: sums of a proven width come out exact, whatever their partial sums were.
// integer<W>::type holds every signed integer of W bits, for comparisons.
// Synthesis sees exact widths. C simulation sees the native type that contains them: the same values, much faster.
// SAPM_EXACT_TYPES gives C simulation the types of synthesis, to show that both compute the same.
#if defined(__SYNTHESIS__) || defined(SAPM_EXACT_TYPES)

template <int WIDTH> struct word { typedef ap_uint<WIDTH> type; };
template <int WIDTH> struct integer { typedef ap_int<WIDTH> type; };

template <int WIDTH, class element_T> typename word<WIDTH>::type to_word(const element_T &x) {
    #pragma HLS INLINE
    return x;
}

template <int WIDTH, class element_T> typename integer<WIDTH>::type to_integer(const element_T &x) {
    #pragma HLS INLINE
    return x;
}

#else

template <bool WIDE> struct native;
template <> struct native<false> {
    typedef std::uint32_t word;
    typedef std::int32_t integer;
};
template <> struct native<true> {
    typedef std::uint64_t word;
    typedef std::int64_t integer;
};

template <int WIDTH> struct word {
    static_assert(WIDTH <= 64, "C simulation computes in at most 64 bits");
    typedef typename native<(WIDTH > 32)>::word type;
};
template <int WIDTH> struct integer {
    static_assert(WIDTH <= 64, "C simulation computes in at most 64 bits");
    typedef typename native<(WIDTH > 32)>::integer type;
};

template <int WIDTH, class element_T> typename word<WIDTH>::type to_word(const element_T &x) {
    return static_cast<typename word<WIDTH>::type>(x.to_int64());
}

template <int WIDTH, class element_T> typename integer<WIDTH>::type to_integer(const element_T &x) {
    return static_cast<typename integer<WIDTH>::type>(x.to_int64());
}

#endif

constexpr int bits_of(unsigned long magnitude) {
    return magnitude == 0 ? 0 : 1 + bits_of(magnitude >> 1);
}

// Holds -MAX to MAX: what a counter needs.
template <unsigned long MAX> struct counter {
    typedef typename integer<bits_of(MAX) + 1>::type type;
};

// Rows (or columns) of a layer's input when the picture has `size` of them.
template <class CONFIG_T> int input_size(int size) {
    #pragma HLS INLINE
    return size * CONFIG_T::rate_numerator / CONFIG_T::rate_denominator;
}

} // namespace sapm

#endif
