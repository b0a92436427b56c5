// env_draw.h - compiled only into the drawing module (ENV_DRAW): opens raylib's canvas and draws
// the states it is handed. The clock belongs to the caller; nothing here loops or waits.
#pragma once

#ifdef __EMSCRIPTEN__
#include <emscripten/html5.h>
#endif

// Opens a canvas of width x height device pixels. Call it once.
API void draw_open(int width, int height) {
    SetTraceLogLevel(LOG_ERROR); // every WebGL lacks what raylib warns of
    SetConfigFlags(FLAG_MSAA_4X_HINT);
    InitWindow(width, height, SPEC.title);
}

// Fits the canvas to a new number of device pixels.
API void draw_resize(int width, int height) {
    SetWindowSize(width, height);
}

// Draws the scene between two states, which may be the same; the scene is scaled to the canvas.
API void draw_frame(const Copy *now, const Copy *before, View *view) {
    view->before = &before->state;
    float zoom = (float)GetScreenWidth() / (float)SPEC.width;
    BeginDrawing();
    BeginMode2D((Camera2D){.zoom = zoom});
    draw(&now->state, view);
    EndMode2D();
    EndDrawing();
}

API int draw_view_size(void) {
    return (int)sizeof(View);
}
