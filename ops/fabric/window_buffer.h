// Sliding windows: a line buffer of `kernel` rows, and the loop nest of every convolution over it.
#ifndef SAPM_WINDOW_BUFFER_H_
#define SAPM_WINDOW_BUFFER_H_

#include "hls_stream.h"
#include "integers.h"
#include "window_array.h"

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

// The last dimension of an array of weights: the side of its kernel.
template <class array_T> struct last_size;
template <class element_T, int SIZE> struct last_size<element_T[SIZE]> {
    static const int value = SIZE;
};
template <class element_T, int ROWS, int SIZE>
struct last_size<element_T[ROWS][SIZE]> : public last_size<element_T[SIZE]> {};

// Slides a window over the zero-padded map, for one or two arrays of the same kernel that work in step. In a cycle they
// take simd input channels of `rows` rows of the kernel; each window is read again for each group of output channels. A
// row of results leaves as soon as the rows below it have arrived. A beat holds simd channels, or, where these do not
// divide the channels, the whole pixel.
template <class ARRAY0_T, class ARRAY1_T, typename CONFIG_T, class input_T, class weights0_T, class bias0_T,
          class weights1_T, class bias1_T>
void slide_windows(hls::stream<input_T> &x, typename ARRAY0_T::results_T &y0, typename ARRAY1_T::results_T &y1,
                   int height, int width, const weights0_T &weights0, const bias0_T &bias0,
                   const weights1_T &weights1, const bias1_T &bias1) {
    #pragma HLS INLINE
    static const int kernel = last_size<weights0_T>::value;
    static const int pad = kernel / 2;
    static const int stride = CONFIG_T::stride;
    static const int simd = CONFIG_T::simd;
    static const int lanes = input_T::size; // of a beat
    static const int words = (CONFIG_T::in_channels + simd - 1) / simd;
    static const int groups = CONFIG_T::out_channels / ARRAY0_T::pe;

    // The last `kernel` rows: row r lies in line r modulo `kernel`. Static, because they are larger than a stack.
    static input_T lines[kernel][CONFIG_T::max_width * (CONFIG_T::in_channels / lanes)];
    #pragma HLS ARRAY_PARTITION variable = lines complete dim = 1
    #pragma HLS AGGREGATE variable = lines

    const int rows = input_size<CONFIG_T>(height);
    const int columns = input_size<CONFIG_T>(width);
    const int beats = columns * (CONFIG_T::in_channels / lanes);
    typename ARRAY0_T::word_T sums0[ARRAY0_T::pe];
    typename ARRAY1_T::word_T sums1[ARRAY1_T::pe];
    #pragma HLS ARRAY_PARTITION variable = sums0 complete
    #pragma HLS ARRAY_PARTITION variable = sums1 complete

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
            for (int group = 0; group < groups; group++) {
            TapRows:
                for (int i = 0; i < kernel; i += CONFIG_T::rows) {
                TapColumns:
                    for (int j = 0; j < kernel; j++) {
                    Words:
                        for (int w = 0; w < words; w++) {
                            #pragma HLS PIPELINE II = 1
                            const bool first = i == 0 && j == 0 && w == 0;
                            const bool last = i == kernel - CONFIG_T::rows && j == kernel - 1 && w == words - 1;
                            const int input = w * simd;
                            if (first) {
                                ARRAY0_T::start(sums0, bias0, group);
                                ARRAY1_T::start(sums1, bias1, group);
                            }
                        Taps:
                            for (int side = 0; side < CONFIG_T::rows; side++) {
                                #pragma HLS UNROLL
                                const int tap = i + side;
                                const int row = top + tap;
                                const int column = left + j;
                                const bool inside = row >= 0 && row < rows && column >= 0 && column < columns;
                                const int line = top_line + tap >= kernel ? top_line + tap - kernel : top_line + tap;
                                const int place = lanes == simd ? column * words + w : column;
                                const input_T &beat = lines[line][inside ? place : 0];
                                typename input_T::value_type elements[simd];
                                #pragma HLS ARRAY_PARTITION variable = elements complete
                            Lanes:
                                for (int lane = 0; lane < simd; lane++) {
                                    #pragma HLS UNROLL
                                    elements[lane] = inside ? beat[(input + lane) % lanes]
                                                            : typename input_T::value_type(0);
                                }
                                ARRAY0_T::step(sums0, elements, weights0, group, input, CONFIG_T::in_channels, tap, j);
                                ARRAY1_T::step(sums1, elements, weights1, group, input, CONFIG_T::in_channels, tap, j);
                            }
                            if (last) {
                                ARRAY0_T::finish(sums0, y0);
                                ARRAY1_T::finish(sums1, y1);
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

// The windows of one operation by itself.
template <class OPERATION, typename CONFIG_T, class input_T, class output_T, class weights_T, class bias_T>
void slide_window(hls::stream<input_T> &x, hls::stream<output_T> &y, int height, int width, const weights_T &weights,
                  const bias_T &bias) {
    #pragma HLS INLINE
    const int none = 0;
    slide_windows<WindowArray<OPERATION, output_T>, NoArray, CONFIG_T>(x, y, none, height, width, weights, bias, none,
                                                                       none);
}

} // namespace sapm

#endif
