// Sliding windows: a line buffer of `kernel` rows, and the loop nest of every convolution over it.
#ifndef SAPM_WINDOW_BUFFER_H_
#define SAPM_WINDOW_BUFFER_H_

#include "hls_stream.h"
#include "integers.h"

namespace sapm {

// Takes one row of a map, `beats` beats, from the stream into one line of the buffer.
template <class input_T, int BEATS> void load_line(hls::stream<input_T> &x, input_T (&line)[BEATS], int beats) {
    #pragma HLS INLINE
Load:
    for (int beat = 0; beat < beats; beat++) {
        #pragma HLS LOOP_TRIPCOUNT max = BEATS
        #pragma HLS PIPELINE II = 1
        line[beat] = x.read();
    }
}

// Slides KERNEL_T over the zero-padded map: pe output channels, simd input channels and `rows` rows of the kernel in a
// cycle, each window read again for each group of output channels. A row of results leaves as soon as the rows below it
// have arrived. A beat holds simd channels, or, where these do not divide the channels, the whole pixel.
//   KERNEL_T::kernel, KERNEL_T::word_T
//   KERNEL_T::step(sum, x, weights, output channel, input channel, tap row, tap column) -> sum
template <class KERNEL_T, class input_T, class output_T, typename CONFIG_T, class weights_T, class bias_T>
void slide_window(hls::stream<input_T> &x, hls::stream<output_T> &y, int height, int width, const weights_T &weights,
                  const bias_T &bias) {
    #pragma HLS INLINE
    static const int kernel = KERNEL_T::kernel;
    static const int pad = kernel / 2;
    static const int stride = CONFIG_T::stride;
    static const int simd = CONFIG_T::simd;
    static const int pe = output_T::size;
    static const int lanes = input_T::size; // of a beat
    typedef typename KERNEL_T::word_T word_T;
    static const int groups = (CONFIG_T::in_channels + simd - 1) / simd;

    // The last `kernel` rows: row r lies in line r modulo `kernel`. Static, because they are larger than a stack.
    static input_T lines[kernel][CONFIG_T::max_width * (CONFIG_T::in_channels / lanes)];
    #pragma HLS ARRAY_PARTITION variable = lines complete dim = 1
    #pragma HLS AGGREGATE variable = lines

    const int rows = input_size<CONFIG_T>(height);
    const int columns = input_size<CONFIG_T>(width);
    const int beats = columns * (CONFIG_T::in_channels / lanes);
    word_T sums[pe];
    #pragma HLS ARRAY_PARTITION variable = sums complete

    int loaded = 0;                                // rows taken from the stream
    int next_line = 0;                             // line that the next of them goes to
    int top_line = kernel == 1 ? 0 : kernel - pad; // line of the window's first row
Rows:
    for (int top = -pad; top + pad < rows; top += stride) {
        #pragma HLS LOOP_TRIPCOUNT max = CONFIG_T::max_height
    Arrivals:
        while (loaded < rows && loaded < top + kernel) {
            #pragma HLS LOOP_TRIPCOUNT max = stride
            load_line(x, lines[next_line], beats);
            next_line = next_line == kernel - 1 ? 0 : next_line + 1;
            loaded++;
        }
    Columns:
        for (int left = -pad; left + pad < columns; left += stride) {
            #pragma HLS LOOP_TRIPCOUNT max = CONFIG_T::max_width
        Groups:
            for (int output = 0; output < CONFIG_T::out_channels; output += pe) {
            TapRows:
                for (int i = 0; i < kernel; i += CONFIG_T::rows) {
                TapColumns:
                    for (int j = 0; j < kernel; j++) {
                    Inputs:
                        for (int group = 0; group < groups; group++) {
                            #pragma HLS PIPELINE II = 1
                            const bool first = i == 0 && j == 0 && group == 0;
                            const bool last = i == kernel - CONFIG_T::rows && j == kernel - 1 && group == groups - 1;
                        Outputs:
                            for (int p = 0; p < pe; p++) {
                                #pragma HLS UNROLL
                                if (first)
                                    sums[p] = to_word<KERNEL_T::width>(bias[output + p]);
                            }
                        Taps:
                            for (int side = 0; side < CONFIG_T::rows; side++) {
                                #pragma HLS UNROLL
                                const int tap = i + side;
                                const int row = top + tap;
                                const int column = left + j;
                                const bool inside = row >= 0 && row < rows && column >= 0 && column < columns;
                                const int line = top_line + tap >= kernel ? top_line + tap - kernel : top_line + tap;
                                const int place = lanes == simd ? column * groups + group : column;
                                const input_T &beat = lines[line][inside ? place : 0];
                                for (int p = 0; p < pe; p++) {
                                    #pragma HLS UNROLL
                                    word_T sum = sums[p];
                                Lanes:
                                    for (int lane = 0; lane < simd; lane++) {
                                        #pragma HLS UNROLL
                                        const int input = group * simd + lane;
                                        const typename input_T::value_type element =
                                            inside ? beat[input % lanes] : typename input_T::value_type(0);
                                        if (input < CONFIG_T::in_channels)
                                            sum = KERNEL_T::step(sum, element, weights, output + p, input, tap, j);
                                    }
                                    sums[p] = sum;
                                }
                            }
                            if (last) {
                                output_T out;
                                for (int p = 0; p < pe; p++) {
                                    #pragma HLS UNROLL
                                    out[p] = sums[p];
                                }
                                y.write(out);
                            }
                        }
                    }
                }
            }
        }
        top_line += stride % kernel;
        top_line = top_line >= kernel ? top_line - kernel : top_line;
    }
Rest:
    for (; loaded < rows; loaded++) { // rows below the last window
        #pragma HLS LOOP_TRIPCOUNT max = stride
        load_line(x, lines[0], beats);
    }
}

} // namespace sapm

#endif
