// Absolute: the magnitude of every element.
#ifndef SAPM_ABSOLUTE_H_
#define SAPM_ABSOLUTE_H_

#include "elementwise.h"

namespace sapm {

template <class output_T> struct Magnitude {
    template <class input_T> static output_T apply(const input_T &x) {
        #pragma HLS INLINE
        typedef typename integer<input_T::width + 1>::type integer_T;
        const integer_T wide = to_integer<input_T::width + 1>(x);
        return output_T(wide < 0 ? integer_T(-wide) : wide);
    }
};

template <class input_T, class output_T, typename CONFIG_T>
void absolute(hls::stream<input_T> &x, hls::stream<output_T> &y, int height, int width) {
    map_elements<Magnitude<typename output_T::value_type>, input_T, output_T, CONFIG_T>(x, y, height, width);
}

} // namespace sapm

#endif
