// Two convolutions of the same map, with the same kernel and stride, at one window buffer.
#ifndef SAPM_SHARED_WINDOWS_H_
#define SAPM_SHARED_WINDOWS_H_

#include "l1_conv2d.h"
#include "shift_conv2d.h"
#include "window_buffer.h"

namespace sapm {

// Each word of a window is read once, for both. What one cannot write holds up the other.
template <class OPERATION0, class OPERATION1, class input_T, class output0_T, class output1_T, typename CONFIG0_T,
          typename CONFIG1_T, class weights0_T, class biases0_T, class weights1_T, class biases1_T>
void shared_windows(hls::stream<input_T> &x, hls::stream<output0_T> &y0, hls::stream<output1_T> &y1, int height,
                    int width, const weights0_T &weights0, const biases0_T &biases0, const weights1_T &weights1,
                    const biases1_T &biases1) {
    static_assert(int(CONFIG0_T::kernel) == int(CONFIG1_T::kernel), "same kernel");
    static_assert(int(CONFIG0_T::stride) == int(CONFIG1_T::stride), "same stride");
    static_assert(int(CONFIG0_T::simd) == int(CONFIG1_T::simd), "same input channels a cycle");
    static_assert(int(CONFIG0_T::rows) == int(CONFIG1_T::rows), "same rows of the kernel a cycle");
    static_assert(int(CONFIG0_T::interleave) == int(CONFIG1_T::interleave), "same windows in turn");
    static_assert(CONFIG0_T::out_channels / CONFIG0_T::pe == CONFIG1_T::out_channels / CONFIG1_T::pe, "same groups");
    slide_windows<WindowArray<OPERATION0, output0_T, CONFIG0_T, weights0_T, biases0_T>,
                  WindowArray<OPERATION1, output1_T, CONFIG1_T, weights1_T, biases1_T>, CONFIG0_T>(
        x, y0, y1, height, width, weights0, biases0, weights1, biases1);
}

} // namespace sapm

#endif
