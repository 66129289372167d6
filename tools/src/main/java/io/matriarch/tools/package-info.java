/** The command line. */
package io.matriarch.tools;
