// SumPool2d: the sum of each non-overlapping square of a channel; the division only moves the binary point.
#ifndef SAPM_SUM_POOL2D_H_
#define SAPM_SUM_POOL2D_H_

#include "hls_stream.h"
#include "integers.h"

namespace sapm {

template <class input_T, class output_T, typename CONFIG_T>
void sum_pool2d(hls::stream<input_T> &x, hls::stream<output_T> &y, int height, int width) {
    static_assert(input_T::size == output_T::size, "pooling keeps its lanes");
    static const int kernel = CONFIG_T::kernel;
    static const int groups = CONFIG_T::in_channels / input_T::size;
    // Sums across one row of a square, and down the rows of all squares that lie side by side.
    output_T across[groups];
    static output_T down[(CONFIG_T::max_width + kernel - 1) / kernel * groups];
    const int squares_high = input_size<CONFIG_T>(height) / kernel;
    const int squares_wide = input_size<CONFIG_T>(width) / kernel;
Rows:
    for (int row = 0; row < squares_high; row++) {
        #pragma HLS LOOP_TRIPCOUNT max = CONFIG_T::max_height / kernel
    SquareRows:
        for (int i = 0; i < kernel; i++) {
        Columns:
            for (int column = 0; column < squares_wide; column++) {
                #pragma HLS LOOP_TRIPCOUNT max = CONFIG_T::max_width / kernel
            SquareColumns:
                for (int j = 0; j < kernel; j++) {
                Groups:
                    for (int group = 0; group < groups; group++) {
                        #pragma HLS PIPELINE II = 1
                        const input_T in = x.read();
                        const int place = column * groups + group;
                        output_T sum;
                    Lanes:
                        for (unsigned lane = 0; lane < input_T::size; lane++) {
                            #pragma HLS UNROLL
                            typename output_T::value_type before = 0;
                            if (j > 0)
                                before = across[group][lane];
                            else if (i > 0)
                                before = down[place][lane];
                            sum[lane] = before + in[lane];
                        }
                        across[group] = sum;
                        if (j == kernel - 1 && i == kernel - 1)
                            y.write(sum);
                        else if (j == kernel - 1)
                            down[place] = sum;
                    }
                }
            }
        }
    }
}

} // namespace sapm

#endif
