// AXI4-Stream ports: beats with tuser and tlast, marked as the ports of the RTL are, and their way to and from the layers.
#ifndef SAPM_AXIS_H_
#define SAPM_AXIS_H_

#include "hls_stream.h"
#include "integers.h"
#include "scan.h"

// Vitis brings its header of AXI4-Stream beats along; with g++ alone a struct of the same members stands in.
#if defined(__has_include)
#if __has_include("ap_axi_sdata.h")
#include "ap_axi_sdata.h"
#define SAPM_AXI_SDATA
#endif
#endif

namespace sapm {

#ifdef SAPM_AXI_SDATA
template <int WIDTH> using axis_beat = ap_axiu<WIDTH, 1, 0, 0>;
#else
template <int WIDTH> struct axis_beat {
    ap_uint<WIDTH> data;
    ap_uint<WIDTH / 8> keep;
    ap_uint<WIDTH / 8> strb;
    ap_uint<1> user;
    ap_uint<1> last;
};
#endif

// A beat with all its bytes valid.
template <int WIDTH> axis_beat<WIDTH> marked_beat(const ap_uint<WIDTH> &data, bool user, bool last) {
    #pragma HLS INLINE
    axis_beat<WIDTH> beat;
    beat.data = data;
    beat.keep = -1;
    beat.strb = -1;
    beat.user = user;
    beat.last = last;
    return beat;
}

// Pixels of a frame, whole in every beat, the first channel in the low bits. What comes before tuser is dropped.
template <int WIDTH, class output_T, typename CONFIG_T>
void take_video(hls::stream<axis_beat<WIDTH> > &s_axis, hls::stream<output_T> &y, int height, int width) {
    static const int bits = output_T::value_type::width;
    axis_beat<WIDTH> beat;
Skip:
    do {
        #pragma HLS PIPELINE II = 1
        beat = s_axis.read();
    } while (!beat.user);
Pixels:
    for (Scan<CONFIG_T::max_height, CONFIG_T::max_width> scan(height, width); !scan.done(); scan.next()) {
        #pragma HLS LOOP_TRIPCOUNT max = CONFIG_T::max_height * CONFIG_T::max_width
        #pragma HLS PIPELINE II = 1
        if (!scan.is_first())
            beat = s_axis.read();
        output_T out;
        for (unsigned lane = 0; lane < output_T::size; lane++) {
            #pragma HLS UNROLL
            out[lane].range(bits - 1, 0) = beat.data.range((lane + 1) * bits - 1, lane * bits);
        }
        y.write(out);
    }
}

// Values of a frame, one in a beat, channel fastest.
template <int WIDTH, class output_T, typename CONFIG_T>
void take_values(hls::stream<axis_beat<WIDTH> > &s_axis, hls::stream<output_T> &y, int height, int width) {
    static const int bits = output_T::value_type::width;
    output_T out;
    unsigned lane = 0;
Values:
    for (Scan<CONFIG_T::max_height, CONFIG_T::max_width * CONFIG_T::in_channels> scan(height, width * CONFIG_T::in_channels); !scan.done(); scan.next()) {
        #pragma HLS LOOP_TRIPCOUNT max = CONFIG_T::max_height * CONFIG_T::max_width * CONFIG_T::in_channels
        #pragma HLS PIPELINE II = 1
        out[lane].range(bits - 1, 0) = s_axis.read().data.range(bits - 1, 0);
        const bool complete = lane == output_T::size - 1;
        if (complete)
            y.write(out);
        lane = complete ? 0 : lane + 1;
    }
}

// The reverse of take_video: tuser with the first pixel of the frame, tlast with the last of every line.
template <class input_T, int WIDTH, typename CONFIG_T>
void give_video(hls::stream<input_T> &x, hls::stream<axis_beat<WIDTH> > &m_axis, int height, int width) {
    static const int bits = input_T::value_type::width;
Pixels:
    for (InputScan<CONFIG_T, 1> scan(height, width); !scan.done(); scan.next()) {
        #pragma HLS LOOP_TRIPCOUNT max = CONFIG_T::max_height * CONFIG_T::max_width
        #pragma HLS PIPELINE II = 1
        const input_T in = x.read();
        ap_uint<WIDTH> data = 0;
        for (unsigned lane = 0; lane < input_T::size; lane++) {
            #pragma HLS UNROLL
            data.range((lane + 1) * bits - 1, lane * bits) = in[lane].range(bits - 1, 0);
        }
        m_axis.write(marked_beat<WIDTH>(data, scan.is_first(), scan.ends_row()));
    }
}

// The reverse of take_values: each value extended to the width of tdata, tlast with the last of the frame.
template <class input_T, int WIDTH, typename CONFIG_T>
void give_values(hls::stream<input_T> &x, hls::stream<axis_beat<WIDTH> > &m_axis, int height, int width) {
    input_T in;
    unsigned lane = 0;
Values:
    for (InputScan<CONFIG_T, CONFIG_T::in_channels> scan(height, width); !scan.done(); scan.next()) {
        #pragma HLS LOOP_TRIPCOUNT max = CONFIG_T::max_height * CONFIG_T::max_width * CONFIG_T::in_channels
        #pragma HLS PIPELINE II = 1
        if (lane == 0)
            in = x.read();
        const ap_uint<WIDTH> data = in[lane];
        m_axis.write(marked_beat<WIDTH>(data, false, scan.is_last()));
        lane = lane == input_T::size - 1 ? 0 : lane + 1;
    }
}

} // namespace sapm

#endif
