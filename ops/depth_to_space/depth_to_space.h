// DepthToSpace: channels become pixels; one row of input pixels is stored while the `block` rows of the one before leave.
#ifndef SAPM_DEPTH_TO_SPACE_H_
#define SAPM_DEPTH_TO_SPACE_H_

#include "hls_stream.h"
#include "integers.h"
#include "offers.h"
#include "packed.h"
#include "scan.h"

namespace sapm {

template <class input_T, class output_T, typename CONFIG_T>
void depth_to_space(hls::stream<input_T> &x, hls::stream<output_T> &y, int height, int width) {
    static_assert(int(input_T::size) == int(output_T::size), "pixels keep their lanes");
    static const int block = CONFIG_T::block;
    static const int chunk = block * (CONFIG_T::out_channels / output_T::size); // beats of a pixel in one output row
    static const int pixel = block * chunk;
    typedef Packed<input_T> packed_T;
    static typename packed_T::word_T lines[2][CONFIG_T::max_width * pixel];
    #pragma HLS ARRAY_PARTITION variable = lines complete dim = 1
    const int beats = input_size<CONFIG_T>(width) * pixel;
    InputScan<CONFIG_T, pixel> entering(height, width);
    InputScan<CONFIG_T, pixel> leaving(height, width);
    // A row of a block: its chunk of one pixel after the other.
    typename counter<CONFIG_T::max_width * pixel>::type start = 0, place = 0;
    typename counter<chunk>::type word = 0;
    typename counter<2>::type full = 0; // lines
    bool write_half = false, read_half = false;
Cycles:
    while (!leaving.done()) {
        #pragma HLS PIPELINE II = 1 style = flp
        const bool gives = full > 0;
        const bool takes = full < 2 && !entering.done() && offers(x, !gives);
        if (gives) {
            const input_T &in = packed_T::unpack(packed_T::read(lines[read_half][place + word]));
            output_T out;
        Lanes:
            for (unsigned lane = 0; lane < output_T::size; lane++) {
                #pragma HLS UNROLL
                out[lane] = in[lane];
            }
            y.write(out);
            const bool ends_chunk = word == chunk - 1;
            const bool ends_row = ends_chunk && place >= beats - pixel;
            const bool ends_line = leaving.ends_row();
            if (ends_row)
                start = ends_line ? 0 : int(start + chunk);
            place = ends_row ? int(start) : int(place + (ends_chunk ? pixel : 0));
            word = ends_chunk ? 0 : int(word + 1);
            read_half ^= ends_line;
            full -= int(ends_line);
            leaving.next();
        }
        if (takes) {
            const bool ends_line = entering.ends_row();
            lines[write_half][entering.beat()] = packed_T::pack(x.read());
            write_half ^= ends_line;
            full += int(ends_line);
            entering.next();
        }
    }
}

} // namespace sapm

#endif
