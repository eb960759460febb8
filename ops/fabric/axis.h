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
    typedef Scan<CONFIG_T::max_height, CONFIG_T::max_width> scan_T;
    axis_beat<WIDTH> beat;
Skip:
    do {
        #pragma HLS PIPELINE II = 1 style = flp
        beat = s_axis.read();
    } while (!beat.user);
Pixels:
    for (scan_T scan(height, width); !scan.done(); scan.next()) {
        #pragma HLS LOOP_TRIPCOUNT max = scan_T::most
        #pragma HLS PIPELINE II = 1 style = flp
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

// Values of a frame, one in a beat, channel fastest. They enter at the last lane and move down.
template <int WIDTH, class output_T, typename CONFIG_T>
void take_values(hls::stream<axis_beat<WIDTH> > &s_axis, hls::stream<output_T> &y, int height, int width) {
    static const int bits = output_T::value_type::width;
    static const int lanes = output_T::size;
    typedef Scan<CONFIG_T::max_height, CONFIG_T::max_width * CONFIG_T::in_channels> scan_T;
    ap_uint<bits> gathered[lanes];
    #pragma HLS ARRAY_PARTITION variable = gathered complete
    typename counter<lanes>::type count = 0;
Values:
    for (scan_T scan(height, width * CONFIG_T::in_channels); !scan.done(); scan.next()) {
        #pragma HLS LOOP_TRIPCOUNT max = scan_T::most
        #pragma HLS PIPELINE II = 1 style = flp
    Move:
        for (int lane = 1; lane < lanes; lane++) {
            #pragma HLS UNROLL
            gathered[lane - 1] = gathered[lane];
        }
        gathered[lanes - 1] = s_axis.read().data.range(bits - 1, 0);
        const bool complete = count == lanes - 1;
        if (complete) {
            output_T out;
        Lanes:
            for (int lane = 0; lane < lanes; lane++) {
                #pragma HLS UNROLL
                out[lane].range(bits - 1, 0) = gathered[lane];
            }
            y.write(out);
        }
        count = complete ? 0 : int(count + 1);
    }
}

// The reverse of take_video: tuser with the first pixel of the frame, tlast with the last of every line.
template <class input_T, int WIDTH, typename CONFIG_T>
void give_video(hls::stream<input_T> &x, hls::stream<axis_beat<WIDTH> > &m_axis, int height, int width) {
    static const int bits = input_T::value_type::width;
    typedef InputScan<CONFIG_T, 1> scan_T;
Pixels:
    for (scan_T scan(height, width); !scan.done(); scan.next()) {
        #pragma HLS LOOP_TRIPCOUNT max = scan_T::most
        #pragma HLS PIPELINE II = 1 style = flp
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
    static const int lanes = input_T::size;
    typedef InputScan<CONFIG_T, CONFIG_T::in_channels> scan_T;
    typename input_T::value_type left[lanes];
    #pragma HLS ARRAY_PARTITION variable = left complete
    typename counter<lanes>::type count = 0;
Values:
    for (scan_T scan(height, width); !scan.done(); scan.next()) {
        #pragma HLS LOOP_TRIPCOUNT max = scan_T::most
        #pragma HLS PIPELINE II = 1 style = flp
        if (count == 0) {
            const input_T in = x.read();
        Lanes:
            for (int lane = 0; lane < lanes; lane++) {
                #pragma HLS UNROLL
                left[lane] = in[lane];
            }
        }
        const ap_uint<WIDTH> data = left[0];
        m_axis.write(marked_beat<WIDTH>(data, false, scan.is_last()));
    Move:
        for (int lane = 1; lane < lanes; lane++) {
            #pragma HLS UNROLL
            left[lane - 1] = left[lane];
        }
        count = count == lanes - 1 ? 0 : int(count + 1);
    }
}

} // namespace sapm

#endif
