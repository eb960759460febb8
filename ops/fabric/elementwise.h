// Element-wise layers: FUNCTION::apply on every element of one stream, or of two streams side by side.
#ifndef SAPM_ELEMENTWISE_H_
#define SAPM_ELEMENTWISE_H_

#include "hls_stream.h"
#include "integers.h"
#include "scan.h"

namespace sapm {

template <class FUNCTION, class input_T, class output_T, typename CONFIG_T>
void map_elements(hls::stream<input_T> &x, hls::stream<output_T> &y, int height, int width) {
    static_assert(input_T::size == output_T::size, "an element-wise layer keeps its lanes");
    static const int groups = CONFIG_T::in_channels / input_T::size;
    typedef InputScan<CONFIG_T, groups> scan_T;
Beats:
    for (scan_T scan(height, width); !scan.done(); scan.next()) {
        #pragma HLS LOOP_TRIPCOUNT max = scan_T::most
        #pragma HLS PIPELINE II = 1 style = flp
        const input_T in = x.read();
        output_T out;
    Lanes:
        for (unsigned lane = 0; lane < input_T::size; lane++) {
            #pragma HLS UNROLL
            out[lane] = FUNCTION::apply(in[lane]);
        }
        y.write(out);
    }
}

template <class FUNCTION, class input0_T, class input1_T, class output_T, typename CONFIG_T>
void map_pairs(hls::stream<input0_T> &a, hls::stream<input1_T> &b, hls::stream<output_T> &y, int height, int width) {
    static_assert(input0_T::size == output_T::size, "an element-wise layer keeps its lanes");
    static_assert(input1_T::size == output_T::size, "an element-wise layer keeps its lanes");
    static const int groups = CONFIG_T::in_channels / output_T::size;
    typedef InputScan<CONFIG_T, groups> scan_T;
Beats:
    for (scan_T scan(height, width); !scan.done(); scan.next()) {
        #pragma HLS LOOP_TRIPCOUNT max = scan_T::most
        #pragma HLS PIPELINE II = 1 style = flp
        const input0_T first = a.read();
        const input1_T second = b.read();
        output_T out;
    Lanes:
        for (unsigned lane = 0; lane < output_T::size; lane++) {
            #pragma HLS UNROLL
            out[lane] = FUNCTION::apply(first[lane], second[lane]);
        }
        y.write(out);
    }
}

} // namespace sapm

#endif
