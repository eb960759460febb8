// ShiftConv2d: a convolution whose weights are sums of signed powers of two; every product is a shift.
#ifndef SAPM_SHIFT_CONV2D_H_
#define SAPM_SHIFT_CONV2D_H_

#include "window_buffer.h"

namespace sapm {

// terms: (word, lane, term), each 0 (nothing) or +-(exponent + 1): sign and left shift; bias: (group, channel), on the grid
// of the result. See WindowArray.
struct ShiftConv2d {
    template <int WIDTH, typename CONFIG_T, class element_T, class term_T, int TERMS>
    static typename word<WIDTH>::type step(typename word<WIDTH>::type sum, const element_T &x,
                                           const term_T (&terms)[TERMS]) {
        #pragma HLS INLINE
        typedef typename word<WIDTH>::type word_T;
        const word_T value = to_word<WIDTH>(x);
    Terms:
        for (int term = 0; term < TERMS; term++) {
            #pragma HLS UNROLL
            typedef typename integer<term_T::width + 1>::type code_T;
            typedef typename word<term_T::width>::type amount_T;
            const code_T code = to_integer<term_T::width + 1>(terms[term]);
            // Without a sign, as a signed amount would take a shifter for each direction.
            const amount_T place = amount_T(code < 0 ? code_T(-code) : code);
            const amount_T exponent = place - 1;
            const word_T shifted = place == 0 ? word_T(0) : word_T(value << exponent);
            sum = code < 0 ? word_T(sum - shifted) : word_T(sum + shifted);
        }
        return sum;
    }
};

template <class input_T, class output_T, typename CONFIG_T, class terms_T, class bias_T>
void shift_conv2d(hls::stream<input_T> &x, hls::stream<output_T> &y, int height, int width, const terms_T &terms,
                  const bias_T &bias) {
    slide_window<ShiftConv2d, CONFIG_T>(x, y, height, width, terms, bias);
}

} // namespace sapm

#endif
