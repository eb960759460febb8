// DepthToSpace: channels become pixels; one row of input pixels is held and leaves as `block` rows.
#ifndef SAPM_DEPTH_TO_SPACE_H_
#define SAPM_DEPTH_TO_SPACE_H_

#include "hls_stream.h"
#include "integers.h"

namespace sapm {

template <class input_T, class output_T, typename CONFIG_T>
void depth_to_space(hls::stream<input_T> &x, hls::stream<output_T> &y, int height, int width) {
    static const int block = CONFIG_T::block;
    static const int lanes_in = input_T::size;
    static const int lanes_out = output_T::size;
    static typename input_T::value_type line[CONFIG_T::max_width * CONFIG_T::in_channels];
    #pragma HLS ARRAY_RESHAPE variable = line cyclic factor = CONFIG_T::simd
    const int rows = input_size<CONFIG_T>(height);
    const int columns = input_size<CONFIG_T>(width);
Rows:
    for (int row = 0; row < rows; row++) {
        #pragma HLS LOOP_TRIPCOUNT max = CONFIG_T::max_height
    Load:
        for (int place = 0; place < columns * CONFIG_T::in_channels; place += lanes_in) {
            #pragma HLS LOOP_TRIPCOUNT max = CONFIG_T::max_width * CONFIG_T::in_channels / lanes_in
            #pragma HLS PIPELINE II = 1
            const input_T in = x.read();
            for (int lane = 0; lane < lanes_in; lane++) {
                #pragma HLS UNROLL
                line[place + lane] = in[lane];
            }
        }
        // The pixels of one row of a block lie side by side within an input pixel.
    BlockRows:
        for (int i = 0; i < block; i++) {
        Columns:
            for (int column = 0; column < columns; column++) {
                #pragma HLS LOOP_TRIPCOUNT max = CONFIG_T::max_width
            Channels:
                for (int channel = 0; channel < block * CONFIG_T::out_channels; channel += lanes_out) {
                    #pragma HLS PIPELINE II = 1
                    const int place = column * CONFIG_T::in_channels + i * block * CONFIG_T::out_channels + channel;
                    output_T out;
                    for (int lane = 0; lane < lanes_out; lane++) {
                        #pragma HLS UNROLL
                        out[lane] = line[place + lane];
                    }
                    y.write(out);
                }
            }
        }
    }
}

} // namespace sapm

#endif
