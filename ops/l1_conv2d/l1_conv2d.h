// L1Conv2d: the adder layer; the negated L1 distance between window and filter takes the place of the product.
#ifndef SAPM_L1_CONV2D_H_
#define SAPM_L1_CONV2D_H_

#include "window_buffer.h"

namespace sapm {

// weight: (output channel, input channel, row, column), on the grid of x; bias: on the same grid.
struct L1Conv2d {
    // What the lanes read in one cycle lies in one word.
    template <typename CONFIG_T, class weight_T, class bias_T, int OUTPUTS, int INPUTS, int KERNEL>
    static void reshape(const weight_T (&weight)[OUTPUTS][INPUTS][KERNEL][KERNEL], const bias_T (&bias)[OUTPUTS]) {
        #pragma HLS INLINE
        #pragma HLS ARRAY_RESHAPE variable = weight cyclic factor = CONFIG_T::pe dim = 1
        #pragma HLS ARRAY_RESHAPE variable = weight cyclic factor = CONFIG_T::simd dim = 2
        #pragma HLS ARRAY_RESHAPE variable = weight cyclic factor = CONFIG_T::rows dim = 3
        #pragma HLS ARRAY_RESHAPE variable = bias cyclic factor = CONFIG_T::pe dim = 1
    }

    template <int WIDTH, class element_T, class weight_T, int OUTPUTS, int INPUTS, int KERNEL>
    static typename word<WIDTH>::type step(typename word<WIDTH>::type sum, const element_T &x,
                                           const weight_T (&weight)[OUTPUTS][INPUTS][KERNEL][KERNEL], int output,
                                           int input, int i, int j) {
        #pragma HLS INLINE
        typedef typename word<WIDTH>::type word_T;
        // Two more bits than the wider operand: one for an unsigned operand's sign, one for the difference.
        static const int bits = (element_T::width > weight_T::width ? element_T::width : weight_T::width) + 2;
        typedef typename integer<bits>::type difference_T;
        const difference_T difference = to_integer<bits>(x) - to_integer<bits>(weight[output][input][i][j]);
        return difference < 0 ? word_T(sum + word_T(difference)) : word_T(sum - word_T(difference));
    }
};

template <class input_T, class output_T, typename CONFIG_T, class weight_T, class bias_T>
void l1_conv2d(hls::stream<input_T> &x, hls::stream<output_T> &y, int height, int width, const weight_T &weight,
               const bias_T &bias) {
    L1Conv2d::reshape<CONFIG_T>(weight, bias);
    slide_window<L1Conv2d, CONFIG_T>(x, y, height, width, weight, bias);
}

} // namespace sapm

#endif
