// web_window.h - included ahead of raylib's rcore.c when that is compiled for the page. The player owns
// the canvas, the keys, the touches and the title, so what raylib asks of the page beside a drawing
// context is left out here; tools/web_window.c holds the little that stays.
#pragma once
#include <GLFW/glfw3.h>
#include <emscripten/emscripten.h>
#include <emscripten/html5.h>

// JavaScript written into C: canvas ids, full screen, style sheets, pointer lock.
#undef EM_JS
#define EM_JS(type, name, params, ...)                                                             \
    static type name params {                                                                      \
    }
#undef EM_ASM
#define EM_ASM(...) ((void)0)
#undef EM_ASM_INT
#define EM_ASM_INT(...) 0

// Listeners on the canvas, the document and the window.
#undef emscripten_set_blur_callback
#define emscripten_set_blur_callback(...) ((void)0)
#undef emscripten_set_click_callback
#define emscripten_set_click_callback(...) ((void)0)
#undef emscripten_set_focus_callback
#define emscripten_set_focus_callback(...) ((void)0)
#undef emscripten_set_fullscreenchange_callback
#define emscripten_set_fullscreenchange_callback(...) ((void)0)
#undef emscripten_set_gamepadconnected_callback
#define emscripten_set_gamepadconnected_callback(...) ((void)0)
#undef emscripten_set_gamepaddisconnected_callback
#define emscripten_set_gamepaddisconnected_callback(...) ((void)0)
#undef emscripten_set_mousemove_callback
#define emscripten_set_mousemove_callback(...) ((void)0)
#undef emscripten_set_pointerlockchange_callback
#define emscripten_set_pointerlockchange_callback(...) ((void)0)
#undef emscripten_set_resize_callback
#define emscripten_set_resize_callback(...) ((void)0)
#undef emscripten_set_touchcancel_callback
#define emscripten_set_touchcancel_callback(...) ((void)0)
#undef emscripten_set_touchend_callback
#define emscripten_set_touchend_callback(...) ((void)0)
#undef emscripten_set_touchmove_callback
#define emscripten_set_touchmove_callback(...) ((void)0)
#undef emscripten_set_touchstart_callback
#define emscripten_set_touchstart_callback(...) ((void)0)
#undef emscripten_set_visibilitychange_callback
#define emscripten_set_visibilitychange_callback(...) ((void)0)
#define emscripten_set_window_title(title) ((void)(title))
#define glfwGetPrimaryMonitor() NULL
#define glfwGetVideoModes(...) NULL
#define glfwSetCharCallback(...) ((void)0)
#define glfwSetCursorEnterCallback(...) ((void)0)
#define glfwSetCursorPosCallback(...) ((void)0)
#define glfwSetDropCallback(...) ((void)0)
#define glfwSetErrorCallback(...) ((void)0)
#define glfwSetKeyCallback(...) ((void)0)
#define glfwSetMouseButtonCallback(...) ((void)0)
#define glfwSetScrollCallback(...) ((void)0)
#define glfwSetWindowFocusCallback(...) ((void)0)
#define glfwSetWindowIconifyCallback(...) ((void)0)

// Not in the header of Emscripten 3.1.6.
#define glfwSetWindowAttrib(...) ((void)0)
#define glfwSetWindowContentScaleCallback(...) ((void)0)
