// Add: the sum of two feature maps with their binary points aligned.
#ifndef SAPM_ADD_H_
#define SAPM_ADD_H_

#include "elementwise.h"

namespace sapm {

template <class output_T, typename CONFIG_T> struct AlignedSum {
    template <class input0_T, class input1_T> static output_T apply(const input0_T &a, const input1_T &b) {
        #pragma HLS INLINE
        typedef typename word<output_T::width>::type word_T;
        const word_T first = to_word<output_T::width>(a) << CONFIG_T::shift_a;
        const word_T second = to_word<output_T::width>(b) << CONFIG_T::shift_b;
        return output_T(word_T(first + second));
    }
};

template <class input0_T, class input1_T, class output_T, typename CONFIG_T>
void add(hls::stream<input0_T> &a, hls::stream<input1_T> &b, hls::stream<output_T> &y, int height, int width) {
    typedef AlignedSum<typename output_T::value_type, CONFIG_T> function_T;
    map_pairs<function_T, input0_T, input1_T, output_T, CONFIG_T>(a, b, y, height, width);
}

} // namespace sapm

#endif
