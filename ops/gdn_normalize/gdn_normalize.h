// GdnNormalize: the division of generalized divisive normalization, by an integer square root.
#ifndef SAPM_GDN_NORMALIZE_H_
#define SAPM_GDN_NORMALIZE_H_

#include "elementwise.h"
#include "square_root.h"

namespace sapm {

// sign(x) * ((abs(x) << shift) / max(1, floor(sqrt(norm)))): the quotient digit by digit, by shift and subtract.
template <class output_T, typename CONFIG_T> struct DivideByRoot {
    template <class input_T, class norm_T> static output_T apply(const input_T &x, const norm_T &norm) {
        #pragma HLS INLINE
        static const int bits = input_T::width + 1;
        typedef typename integer<bits>::type integer_T;
        typedef typename word<norm_T::width + 2>::type number_T;
        typedef typename word<output_T::width>::type word_T;
        const number_T root = integer_square_root<norm_T::width>(to_word<norm_T::width + 2>(norm));
        const number_T divisor = root == 0 ? number_T(1) : root;
        const integer_T value = to_integer<bits>(x);
        const integer_T magnitude = value < 0 ? integer_T(-value) : value;
        number_T rest = 0;
        word_T quotient = 0;
    Digits:
        for (int digit = input_T::width + CONFIG_T::shift - 1; digit >= 0; digit--) {
            #pragma HLS UNROLL
            const int bit = digit >= CONFIG_T::shift ? int((magnitude >> (digit - CONFIG_T::shift)) & 1) : 0;
            rest = (rest << 1) + bit;
            quotient = quotient << 1;
            if (rest >= divisor) {
                rest = rest - divisor;
                quotient = quotient + 1;
            }
        }
        return output_T(value < 0 ? word_T(0 - quotient) : quotient);
    }
};

template <class input0_T, class input1_T, class output_T, typename CONFIG_T>
void gdn_normalize(hls::stream<input0_T> &x, hls::stream<input1_T> &norm, hls::stream<output_T> &y, int height,
                   int width) {
    typedef DivideByRoot<typename output_T::value_type, CONFIG_T> function_T;
    map_pairs<function_T, input0_T, input1_T, output_T, CONFIG_T>(x, norm, y, height, width);
}

} // namespace sapm

#endif
