// InverseGdnNormalize: x times an integer square root, as a sum of gated shifts; no multiplier.
#ifndef SAPM_INVERSE_GDN_NORMALIZE_H_
#define SAPM_INVERSE_GDN_NORMALIZE_H_

#include "elementwise.h"
#include "square_root.h"

namespace sapm {

template <class output_T> struct MultiplyByRoot {
    template <class input_T, class norm_T> static output_T apply(const input_T &x, const norm_T &norm) {
        #pragma HLS INLINE
        typedef typename word<norm_T::width + 2>::type number_T;
        typedef typename word<output_T::width>::type word_T;
        const number_T root = integer_square_root<norm_T::width>(to_word<norm_T::width + 2>(norm));
        const word_T value = to_word<output_T::width>(x);
        word_T sum = 0;
    Bits:
        for (int bit = 0; bit < (norm_T::width + 1) / 2; bit++) {
            #pragma HLS UNROLL
            if ((root >> bit) & 1)
                sum = sum + word_T(value << bit);
        }
        return output_T(sum);
    }
};

template <class input0_T, class input1_T, class output_T, typename CONFIG_T>
void inverse_gdn_normalize(hls::stream<input0_T> &x, hls::stream<input1_T> &norm, hls::stream<output_T> &y, int height,
                           int width) {
    typedef MultiplyByRoot<typename output_T::value_type> function_T;
    map_pairs<function_T, input0_T, input1_T, output_T, CONFIG_T>(x, norm, y, height, width);
}

} // namespace sapm

#endif
