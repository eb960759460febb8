// Arrays of lanes at a window buffer: each takes the words of a window one by one, group of output channels by group.
#ifndef SAPM_WINDOW_ARRAY_H_
#define SAPM_WINDOW_ARRAY_H_

#include "hls_stream.h"
#include "integers.h"

namespace sapm {

// The array of an operation: a group is `pe` output channels side by side, each with an accumulator.
//   OPERATION::step<WIDTH>(sum, x, weights, output channel, input channel, tap row, tap column) -> sum modulo 2^WIDTH
template <class OPERATION, class output_T> struct WindowArray {
    static const int width = output_T::value_type::width;
    static const int pe = output_T::size;
    typedef typename word<width>::type word_T;
    typedef hls::stream<output_T> results_T;

    template <class bias_T> static void start(word_T (&sums)[pe], const bias_T &bias, int group) {
        #pragma HLS INLINE
    Outputs:
        for (int p = 0; p < pe; p++) {
            #pragma HLS UNROLL
            sums[p] = to_word<width>(bias[group * pe + p]);
        }
    }

    // One tap of the input channels from `input` on; what is beyond the last of all `inputs` fills up a word.
    template <class element_T, int SIMD, class weights_T>
    static void step(word_T (&sums)[pe], const element_T (&elements)[SIMD], const weights_T &weights, int group,
                     int input, int inputs, int i, int j) {
        #pragma HLS INLINE
    Outputs:
        for (int p = 0; p < pe; p++) {
            #pragma HLS UNROLL
            word_T sum = sums[p];
        Lanes:
            for (int lane = 0; lane < SIMD; lane++) {
                #pragma HLS UNROLL
                if (input + lane < inputs)
                    sum = OPERATION::template step<width>(sum, elements[lane], weights, group * pe + p, input + lane, i,
                                                          j);
            }
            sums[p] = sum;
        }
    }

    static void finish(const word_T (&sums)[pe], results_T &y) {
        #pragma HLS INLINE
        output_T out;
    Outputs:
        for (int p = 0; p < pe; p++) {
            #pragma HLS UNROLL
            out[p] = sums[p];
        }
        y.write(out);
    }
};

// In the place of a second array where there is one alone. An integer stands for its results, weights and biases.
struct NoArray {
    static const int pe = 1;
    typedef int word_T;
    typedef const int results_T;

    static void start(const word_T (&)[pe], int, int) {
        #pragma HLS INLINE
    }

    template <class element_T, int SIMD>
    static void step(const word_T (&)[pe], const element_T (&)[SIMD], int, int, int, int, int, int) {
        #pragma HLS INLINE
    }

    static void finish(const word_T (&)[pe], results_T &) {
        #pragma HLS INLINE
    }
};

} // namespace sapm

#endif
