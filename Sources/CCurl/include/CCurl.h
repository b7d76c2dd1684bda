void cordon_placeholder(void);
