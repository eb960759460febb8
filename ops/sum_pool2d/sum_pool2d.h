// SumPool2d: the sum of each non-overlapping square of a channel; the division only moves the binary point.
#ifndef SAPM_SUM_POOL2D_H_
#define SAPM_SUM_POOL2D_H_

#include "hls_stream.h"
#include "integers.h"
#include "packed.h"
#include "scan.h"

namespace sapm {

template <class input_T, class output_T, typename CONFIG_T>
void sum_pool2d(hls::stream<input_T> &x, hls::stream<output_T> &y, int height, int width) {
    static_assert(int(input_T::size) == int(output_T::size), "pooling keeps its lanes");
    static const int kernel = CONFIG_T::kernel;
    static const int groups = CONFIG_T::in_channels / input_T::size;
    typedef InputScan<CONFIG_T, groups> scan_T;
    typedef Packed<output_T> packed_T;
    // Sums across a square, of each group the last: registers that move on, as no memory would answer in time.
    output_T across[groups];
    #pragma HLS ARRAY_PARTITION variable = across complete
    // Sums down the rows of all squares that lie side by side. Where there is one alone, `across` still holds its sum; so
    // of two squares or more, what is read here was written a square and a beat of each group before, or earlier.
    static typename packed_T::word_T down[(CONFIG_T::max_width + kernel - 1) / kernel * groups];
    #pragma HLS DEPENDENCE variable = down inter RAW distance = (kernel + 1) * groups true
    typename counter<kernel>::type i = 0, j = 0; // row and column of the square
    typename counter<groups>::type group = 0;
    typename counter<CONFIG_T::max_width * groups>::type place = 0; // of the square's first group
    const bool alone = input_size<CONFIG_T>(width) <= kernel;
Beats:
    for (scan_T scan(height, width); !scan.done(); scan.next()) {
        #pragma HLS LOOP_TRIPCOUNT max = scan_T::most
        #pragma HLS PIPELINE II = 1 style = flp
        const input_T in = x.read();
        const bool goes_on = j > 0 || (alone && i > 0), goes_down = j == 0 && i > 0;
        const output_T &above = packed_T::unpack(packed_T::read(down[place + group]));
        output_T sum;
    Lanes:
        for (unsigned lane = 0; lane < input_T::size; lane++) {
            #pragma HLS UNROLL
            typename output_T::value_type before = 0;
            if (goes_on)
                before = across[0][lane];
            else if (goes_down)
                before = above[lane];
            sum[lane] = before + in[lane];
        }
    Groups:
        for (int next = 1; next < groups; next++) {
            #pragma HLS UNROLL
            across[next - 1] = across[next];
        }
        across[groups - 1] = sum;
        if (j == kernel - 1 && i == kernel - 1)
            y.write(sum);
        else if (j == kernel - 1)
            down[place + group] = packed_T::pack(sum);

        const bool ends_pixel = group == groups - 1;
        const bool ends_square = ends_pixel && j == kernel - 1;
        group = ends_pixel ? 0 : int(group + 1);
        if (ends_pixel)
            j = ends_square ? 0 : int(j + 1);
        if (ends_square)
            place = scan.ends_row() ? 0 : int(place + groups);
        if (scan.ends_row())
            i = i == kernel - 1 ? 0 : int(i + 1);
    }
}

} // namespace sapm

#endif
