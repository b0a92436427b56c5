// web_window.c - the window that raylib's web platform asks GLFW for: a WebGL context on the canvas
// handed to the module, which listens to nothing and changes nothing else on the page.
#define GL_GLEXT_PROTOTYPES // for the vertex arrays
#include <GLES2/gl2.h>
#include <GLES2/gl2ext.h>
#include <GLFW/glfw3.h>
#include <emscripten/emscripten.h>
#include <string.h>

static GLFWwindowsizefun resized;

// Whether there is WebGL. An opaque canvas: the page does not shine through a scene.
// clang-format off
EM_JS(int, open_context, (void), {
    const handle = GL.createContext(Module["canvas"], {
        majorVersion: 1, minorVersion: 0, alpha: false, antialias: true, depth: true, stencil: false,
        enableExtensionsByDefault: true
    });
    return handle && GL.makeContextCurrent(handle) ? 1 : 0;
})

EM_JS(void, size_canvas, (int width, int height), {
    Module["canvas"].width = width;
    Module["canvas"].height = height;
})
// clang-format on

int glfwInit(void) {
    return GLFW_TRUE;
}

void glfwTerminate(void) {
}

void glfwDefaultWindowHints(void) {
}

void glfwWindowHint(int hint, int value) {
    (void)hint, (void)value;
}

GLFWwindow *glfwCreateWindow(int width, int height, const char *title, GLFWmonitor *monitor,
                             GLFWwindow *share) {
    (void)title, (void)monitor, (void)share;
    static int window; // raylib asks only whether there is one
    size_canvas(width, height);
    return open_context() ? (GLFWwindow *)&window : NULL;
}

GLFWwindowsizefun glfwSetWindowSizeCallback(GLFWwindow *window, GLFWwindowsizefun callback) {
    (void)window;
    resized = callback;
    return NULL;
}

void glfwSetWindowSize(GLFWwindow *window, int width, int height) {
    size_canvas(width, height);
    resized(window, width, height);
}

void glfwMakeContextCurrent(GLFWwindow *window) {
    (void)window;
}

double glfwGetTime(void) {
    return emscripten_get_now() / 1000.0;
}

// Vertex array objects; asking for no more keeps WebGL's hundreds of names out of the module.
GLFWglproc glfwGetProcAddress(const char *name) {
    if (!strcmp(name, "glGenVertexArraysOES")) return (GLFWglproc)glGenVertexArraysOES;
    if (!strcmp(name, "glBindVertexArrayOES")) return (GLFWglproc)glBindVertexArrayOES;
    if (!strcmp(name, "glDeleteVertexArraysOES")) return (GLFWglproc)glDeleteVertexArraysOES;
    return NULL;
}
