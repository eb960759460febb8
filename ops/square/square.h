// Square: the integer square as a sum of gated shifts; no multiplier.
#ifndef SAPM_SQUARE_H_
#define SAPM_SQUARE_H_

#include "elementwise.h"

namespace sapm {

template <class input_T, class output_T> struct Squaring {
    static const int bits = input_T::width + 1;
    typedef typename integer<bits>::type integer_T;
    typedef typename word<output_T::width>::type word_T;

    static output_T apply(const input_T &x) {
        #pragma HLS INLINE
        const integer_T value = to_integer<bits>(x);
        const integer_T magnitude = value < 0 ? integer_T(-value) : value;
        word_T sum = 0;
    Bits:
        for (int bit = 0; bit < input_T::width; bit++) {
            #pragma HLS UNROLL
            if ((magnitude >> bit) & 1)
                sum = sum + (word_T(magnitude) << bit);
        }
        return output_T(sum);
    }
};

template <class input_T, class output_T, typename CONFIG_T>
void square(hls::stream<input_T> &x, hls::stream<output_T> &y, int height, int width) {
    typedef Squaring<typename input_T::value_type, typename output_T::value_type> function_T;
    map_elements<function_T, input_T, output_T, CONFIG_T>(x, y, height, width);
}

} // namespace sapm

#endif
