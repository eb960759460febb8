// Stream fabric between layers: forks, and conversion between beats of different numbers of lanes.
#ifndef SAPM_STREAM_FABRIC_H_
#define SAPM_STREAM_FABRIC_H_

#include "hls_stream.h"
#include "integers.h"

namespace sapm {

// Every beat of `x` goes to both outputs.
template <class input_T, class output0_T, class output1_T, typename CONFIG_T>
void fork(hls::stream<input_T> &x, hls::stream<output0_T> &y0, hls::stream<output1_T> &y1, int height, int width) {
    const int rows = input_size<CONFIG_T>(height);
    const int beats = input_size<CONFIG_T>(width) * (CONFIG_T::in_channels / input_T::size);
Rows:
    for (int row = 0; row < rows; row++) {
        #pragma HLS LOOP_TRIPCOUNT max = CONFIG_T::max_height
    Beats:
        for (int beat = 0; beat < beats; beat++) {
            #pragma HLS LOOP_TRIPCOUNT max = CONFIG_T::max_width
            #pragma HLS PIPELINE II = 1
            const input_T in = x.read();
            output0_T out0;
            output1_T out1;
        Lanes:
            for (unsigned lane = 0; lane < input_T::size; lane++) {
                #pragma HLS UNROLL
                out0[lane] = in[lane];
                out1[lane] = in[lane];
            }
            y0.write(out0);
            y1.write(out1);
        }
    }
}

// The same pixels, channel fastest, in beats of another number of lanes. Both numbers divide the channels.
template <class input_T, class output_T, typename CONFIG_T>
void convert_lanes(hls::stream<input_T> &x, hls::stream<output_T> &y, int height, int width) {
    const int rows = input_size<CONFIG_T>(height);
    const int columns = input_size<CONFIG_T>(width);
    typename input_T::value_type pixel[CONFIG_T::in_channels];
    #pragma HLS ARRAY_PARTITION variable = pixel complete
Rows:
    for (int row = 0; row < rows; row++) {
        #pragma HLS LOOP_TRIPCOUNT max = CONFIG_T::max_height
    Columns:
        for (int column = 0; column < columns; column++) {
            #pragma HLS LOOP_TRIPCOUNT max = CONFIG_T::max_width
        Gather:
            for (unsigned channel = 0; channel < CONFIG_T::in_channels; channel += input_T::size) {
                #pragma HLS PIPELINE II = 1
                const input_T in = x.read();
                for (unsigned lane = 0; lane < input_T::size; lane++) {
                    #pragma HLS UNROLL
                    pixel[channel + lane] = in[lane];
                }
            }
        Scatter:
            for (unsigned channel = 0; channel < CONFIG_T::in_channels; channel += output_T::size) {
                #pragma HLS PIPELINE II = 1
                output_T out;
                for (unsigned lane = 0; lane < output_T::size; lane++) {
                    #pragma HLS UNROLL
                    out[lane] = pixel[channel + lane];
                }
                y.write(out);
            }
        }
    }
}

} // namespace sapm

#endif
