// L1Conv2d: the adder layer; the negated L1 distance between window and filter takes the place of the product.
#ifndef SAPM_L1_CONV2D_H_
#define SAPM_L1_CONV2D_H_

#include "window_buffer.h"

namespace sapm {

// weight: (word, lane, 1), on the grid of x << lift; bias: (group, channel), on the same grid. See WindowArray.
struct L1Conv2d {
    template <int WIDTH, typename CONFIG_T, class element_T, class weight_T>
    static typename word<WIDTH>::type step(typename word<WIDTH>::type sum, const element_T &x,
                                           const weight_T (&weight)[1]) {
        #pragma HLS INLINE
        typedef typename word<WIDTH>::type word_T;
        static const int lifted = element_T::width + CONFIG_T::lift;
        // Two more bits than the wider operand: one for an unsigned operand's sign, one for the difference.
        static const int bits = (lifted > weight_T::width ? lifted : weight_T::width) + 2;
        typedef typename integer<bits>::type difference_T;
        // A word, as C++11 does not say what a negative number shifted left is.
        const typename word<bits>::type shifted = to_word<bits>(x) << CONFIG_T::lift;
        const difference_T difference = difference_T(shifted) - to_integer<bits>(weight[0]);
        return difference < 0 ? word_T(sum + word_T(difference)) : word_T(sum - word_T(difference));
    }
};

template <class input_T, class output_T, typename CONFIG_T, class weight_T, class bias_T>
void l1_conv2d(hls::stream<input_T> &x, hls::stream<output_T> &y, int height, int width, const weight_T &weight,
               const bias_T &bias) {
    slide_window<L1Conv2d, CONFIG_T>(x, y, height, width, weight, bias);
}

} // namespace sapm

#endif
