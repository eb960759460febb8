// Convolutions: one or two arrays of lanes at the windows of a map.
#ifndef SAPM_WINDOW_BUFFER_H_
#define SAPM_WINDOW_BUFFER_H_

#include "hls_stream.h"
#include "integers.h"
#include "offers.h"
#include "window_array.h"
#include "window_lines.h"

namespace sapm {

// Gives every word of every window to one or two arrays that work in step, while further lines of the map enter.
template <class ARRAY0_T, class ARRAY1_T, typename CONFIG_T, class input_T, class weights0_T, class biases0_T,
          class weights1_T, class biases1_T>
void slide_windows(hls::stream<input_T> &x, typename ARRAY0_T::results_T &y0, typename ARRAY1_T::results_T &y1,
                   int height, int width, const weights0_T &weights0, const biases0_T &biases0,
                   const weights1_T &weights1, const biases1_T &biases1) {
    #pragma HLS INLINE
    typedef WindowLines<input_T, CONFIG_T> lines_T;
    // Static, because it is larger than a stack.
    static typename lines_T::memory_T memory;
    #pragma HLS ARRAY_PARTITION variable = memory complete dim = 1

    lines_T lines(input_size<CONFIG_T>(height), input_size<CONFIG_T>(width));
    ARRAY0_T array0;
    ARRAY1_T array1;
    array0.start(weights0, biases0);
    array1.start(weights1, biases1);
Cycles:
    while (!lines.is_done()) {
        #pragma HLS PIPELINE II = 1 style = flp
        const bool reads = lines.is_ready();
        const bool takes = lines.has_room() && offers(x, !reads);
        if (reads) {
            typename lines_T::elements_T elements;
            #pragma HLS ARRAY_PARTITION variable = elements complete
            lines.read(memory, elements);
            array0.step(elements, weights0, biases0, lines.group(), lines.phase(), lines.starts_window());
            array1.step(elements, weights1, biases1, lines.group(), lines.phase(), lines.starts_window());
            if (lines.ends_window() && !lines.is_void()) {
                array0.finish(y0);
                array1.finish(y1);
            }
            lines.next();
        }
        if (takes)
            lines.take(memory, x.read());
    }
}

// The windows of one operation by itself.
template <class OPERATION, typename CONFIG_T, class input_T, class output_T, class weights_T, class biases_T>
void slide_window(hls::stream<input_T> &x, hls::stream<output_T> &y, int height, int width, const weights_T &weights,
                  const biases_T &biases) {
    #pragma HLS INLINE
    typedef WindowArray<OPERATION, output_T, CONFIG_T, weights_T, biases_T> array_T;
    const int none = 0;
    slide_windows<array_T, NoArray, CONFIG_T>(x, y, none, height, width, weights, biases, none, none);
}

} // namespace sapm

#endif
