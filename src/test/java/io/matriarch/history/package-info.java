/**
 * Histories of a replicated store as its clients saw them, and whether one store that does one thing after the other could
 * have answered so.
 */
package io.matriarch.history;
