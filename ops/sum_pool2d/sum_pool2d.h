// SumPool2d: the sum of each non-overlapping square of a channel; the division only moves the binary point.
#ifndef SAPM_SUM_POOL2D_H_
#define SAPM_SUM_POOL2D_H_

#include "hls_stream.h"
#include "integers.h"
#include "scan.h"

namespace sapm {

template <class input_T, class output_T, typename CONFIG_T>
void sum_pool2d(hls::stream<input_T> &x, hls::stream<output_T> &y, int height, int width) {
    static_assert(int(input_T::size) == int(output_T::size), "pooling keeps its lanes");
    static const int kernel = CONFIG_T::kernel;
    static const int groups = CONFIG_T::in_channels / input_T::size;
    // Sums across one row of a square, and down the rows of all squares that lie side by side.
    output_T across[groups];
    static output_T down[(CONFIG_T::max_width + kernel - 1) / kernel * groups];
    typename counter<kernel>::type i = 0, j = 0; // row and column of the square
    typename counter<groups>::type group = 0;
    typename counter<CONFIG_T::max_width * groups>::type place = 0; // of the square's first group
Beats:
    for (InputScan<CONFIG_T, groups> scan(height, width); !scan.done(); scan.next()) {
        #pragma HLS LOOP_TRIPCOUNT max = CONFIG_T::max_height * CONFIG_T::max_width * groups
        #pragma HLS PIPELINE II = 1
        const input_T in = x.read();
        output_T sum;
    Lanes:
        for (unsigned lane = 0; lane < input_T::size; lane++) {
            #pragma HLS UNROLL
            typename output_T::value_type before = 0;
            if (j > 0)
                before = across[group][lane];
            else if (i > 0)
                before = down[place + group][lane];
            sum[lane] = before + in[lane];
        }
        across[group] = sum;
        if (j == kernel - 1 && i == kernel - 1)
            y.write(sum);
        else if (j == kernel - 1)
            down[place + group] = sum;

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
