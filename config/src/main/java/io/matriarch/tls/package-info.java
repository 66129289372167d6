/** Certificates and keys from files, for every port of the product, renewed while it runs. */
package io.matriarch.tls;
