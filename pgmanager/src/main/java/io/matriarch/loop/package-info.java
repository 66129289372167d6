/** The loop: observe, decide, perform, publish. It owns no thread; a driver does. */
package io.matriarch.loop;
