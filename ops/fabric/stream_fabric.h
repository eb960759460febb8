// Stream fabric between layers: forks, and conversion between beats of different numbers of lanes.
#ifndef SAPM_STREAM_FABRIC_H_
#define SAPM_STREAM_FABRIC_H_

#include "hls_stream.h"
#include "integers.h"
#include "scan.h"

namespace sapm {

// Every beat of `x` goes to both outputs.
template <class input_T, class output0_T, class output1_T, typename CONFIG_T>
void fork(hls::stream<input_T> &x, hls::stream<output0_T> &y0, hls::stream<output1_T> &y1, int height, int width) {
    static const int groups = CONFIG_T::in_channels / input_T::size;
    typedef InputScan<CONFIG_T, groups> scan_T;
Beats:
    for (scan_T scan(height, width); !scan.done(); scan.next()) {
        #pragma HLS LOOP_TRIPCOUNT max = scan_T::most
        #pragma HLS PIPELINE II = 1 style = flp
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

// The same pixels, channel fastest, in beats of another number of lanes, of which one is a multiple of the other.
template <class input_T, class output_T, typename CONFIG_T>
void convert_lanes(hls::stream<input_T> &x, hls::stream<output_T> &y, int height, int width) {
    static const int lanes_in = input_T::size;
    static const int lanes_out = output_T::size;
    static const bool widens = lanes_out > lanes_in;
    static const int narrow = widens ? lanes_in : lanes_out;
    static const int wide = widens ? lanes_out : lanes_in;
    static_assert(wide % narrow == 0, "one must be a multiple of the other");
    typename input_T::value_type gathered[wide];
    #pragma HLS ARRAY_PARTITION variable = gathered complete
    static const int groups = CONFIG_T::in_channels / narrow;
    typedef InputScan<CONFIG_T, groups> scan_T;
    typename counter<wide>::type place = 0; // of the narrow beat in the wide one
Beats:
    for (scan_T scan(height, width); !scan.done(); scan.next()) {
        #pragma HLS LOOP_TRIPCOUNT max = scan_T::most
        #pragma HLS PIPELINE II = 1 style = flp
        if (widens || place == 0) {
            const input_T in = x.read();
        Gather:
            for (int lane = 0; lane < lanes_in; lane++) {
                #pragma HLS UNROLL
                gathered[(widens ? int(place) : 0) + lane] = in[lane];
            }
        }
        if (!widens || place == wide - narrow) {
            output_T out;
        Scatter:
            for (int lane = 0; lane < lanes_out; lane++) {
                #pragma HLS UNROLL
                out[lane] = gathered[(widens ? 0 : int(place)) + lane];
            }
            y.write(out);
        }
        place = place == wide - narrow ? 0 : int(place + narrow);
    }
}

} // namespace sapm

#endif
